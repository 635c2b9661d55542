// The server's machine: workers, shared ledger and policies, and a shell that does what the effects say.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "auditor.hpp"
#include "people.hpp"

namespace turnpike::sim {

struct SiteOptions {
  std::uint32_t workers = 1;
  turn::PortRange ports{50000, 50999};
  std::uint32_t shared_every = 4;  // one of so many names stands for nobody in particular
  std::uint32_t users = 150;
  std::uint64_t bytes_per_second_per_user = 2000;
};

// A client's way in. A stream has a path of its own, datagrams share one.
inline constexpr std::uint32_t kDatagramPath = 1;

class Site {
 public:
  struct Exits {
    std::function<void(const relay::Client& client, const Parcel& parcel)> heard;
    std::function<void(const relay::Client& client, const Parcel& parcel)> to_client;
    std::function<void(const Endpoint& relay, const Endpoint& peer, const Parcel& parcel)>
        to_peer;  // as seen from outside
    std::function<void(std::uint32_t path)> close_stream;
    std::function<void(const turn::AllocationEnded& effect)> allocation_ended;
  };

  Site(const SiteOptions& options, const Geography& geography, Timeline& timeline, Dice& dice,
       Referee& referee, Exits exits);

  const Geography& geography() const { return geography_; }
  const Book& book() const { return auditor_.book(); }
  std::uint32_t users() const { return options_.users; }
  std::string password_of(const std::string& user) const { return passwords_.at(user); }

  // Inputs from the network (site.cpp).
  relay::Client client_on(const FiveTuple& tuple, std::uint32_t path) const;
  void on_datagram(const FiveTuple& tuple, const Parcel& parcel);
  void accept_stream(std::uint32_t path, const FiveTuple& tuple, std::uint32_t incarnation);
  void on_stream_bytes(std::uint32_t path, Bytes bytes);
  void on_stream_end(std::uint32_t path);
  void on_peer(const Endpoint& relay, const Endpoint& peer, const Parcel& parcel);
  void on_icmp(const Endpoint& relay, const turn::IcmpError& error);

  // What operators do (site_operation.cpp).
  void change_rules();
  void change_passwords();
  // The IPv6 address of the host goes, or comes back.
  void change_addresses();
  void revoke(const std::string& user);
  // Everything leaves through snapshots and comes back in new objects; nobody outside may notice.
  void restart();

  void check_sums() { auditor_.check_sums(shards_, *ledger_, timeline_.now()); }
  void check_all() { auditor_.check_all(shards_, *ledger_, timeline_.now()); }
  // Nothing may be left once every lifetime has passed.
  void check_empty();

 private:
  struct Stream {
    relay::Client client;
    std::uint32_t incarnation = 0;
    std::vector<std::uint8_t> received;
  };
  // Asks the policy of the moment.
  struct CurrentPolicy final : relay::PortFilter {
    std::shared_ptr<const turn::PeerPolicy> policy;
    bool allows(const PeerEndpoint& peer, relay::Reach reach) const override {
      return policy->allows(peer, reach);
    }
  };

  void build();
  std::unique_ptr<Shard> make_shard(std::uint32_t worker);
  turn::Policies policies();
  std::vector<IpAddress> addresses() const;
  void reload();
  Shard& shard_of(const relay::Client& client) { return *shards_[client.ref.worker]; }
  void on_packet(const relay::Client& client, const Parcel& parcel);
  void drain(Shard& shard);
  void plan_wake(Shard& shard);
  void end_abandoned(const turn::EndAbandoned& wanted);
  void answer_open(std::uint32_t worker, const RelayEndpoint& relay, boost::system::error_code error);
  void rest_again();

  void perform(Shard& shard, const turn::SendToClient& effect);
  void perform(Shard& shard, const turn::OpenRelay& effect);
  void perform(Shard& shard, const turn::EndAbandoned& effect);
  void perform(Shard& shard, const turn::CloseRelay& effect);
  void perform(Shard& shard, const turn::PublishRoute& effect);
  void perform(Shard& shard, const turn::RetractRoute& effect);
  void perform(Shard& shard, const turn::AllocationStarted& effect);
  void perform(Shard& shard, const turn::AllocationEnded& effect);
  void perform(Shard& shard, const turn::RequestRefused& effect);

  SiteOptions options_;
  const Geography& geography_;
  Timeline& timeline_;
  Dice& dice_;
  Referee& referee_;
  Exits exits_;
  turn::NonceFactory::MacKey nonce_key_;
  auth::Secrets passwords_;
  Rules rules_;
  Ground ground_;
  std::map<std::uint32_t, Stream> streams_;
  std::deque<std::pair<TimePoint, RelayEndpoint>> closed_;  // relays that rest
  Auditor auditor_;
  std::uint32_t life_ = 0;  // counts restarts: what was asked in an earlier life is not answered
  std::unique_ptr<turn::Ledger> ledger_;
  std::unique_ptr<relay::Meters> meters_;
  std::shared_ptr<const turn::CredentialSource> credentials_;
  CurrentPolicy policy_;
  bool has_v6_ = true;
  std::vector<std::unique_ptr<Shard>> shards_;
};

}  // namespace turnpike::sim
