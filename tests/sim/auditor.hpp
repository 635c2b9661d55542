// Watches every input and effect of the server, and reports to the referee what must not be.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>
#include <optional>

#include "book.hpp"
#include "ground.hpp"
#include "limits.hpp"
#include "network.hpp"
#include "people.hpp"
#include "port_book.hpp"
#include "referee.hpp"
#include "shard.hpp"
#include "turnpike/base/hash.hpp"

namespace turnpike::sim {

class Auditor {
 public:
  struct Population {
    std::uint32_t users;
    std::uint32_t shared_every;
    turn::PortRange ports;
  };
  Auditor(const Population& population, const Geography& geography, const Rules& rules, const Ground& ground,
          Referee& referee, Book::IsLive is_live);

  const Book& book() const { return book_; }

  // Data (auditor_data.cpp): a packet and what the forwarder made of it.
  void from_client(const relay::Client& client, const Parcel& parcel, const relay::Verdict& verdict,
                   TimePoint now);
  void from_peer(const RelayEndpoint& relay, const PeerEndpoint& peer, Bytes payload,
                 const relay::Verdict& verdict, TimePoint now);

  // Rules (auditor_effects.cpp). Between begin() and end() the effects are answers to this request.
  void begin(const relay::Client& client, const Parcel& parcel);
  void end();
  void witness(const Shard& shard, const turn::Effect& effect, TimePoint now);
  void client_closed(const FiveTuple& tuple) { book_.ended(tuple); }
  // Before the worker is told; returns how many allocations must end.
  std::size_t revoked(const std::string& user, std::uint32_t worker, TimePoint now);
  // Before the workers are told.
  void rules_changed() { book_.rules_changed(); }
  void address_lost(const IpAddress& outside, TimePoint now) { book_.address_lost(outside, now); }
  // Counters of an allocation that has ended.
  void settle_traffic(relay::AllocationId allocation, const relay::Traffic& traffic);
  // Ports, as PortBook has them.
  void not_opened(const RelayEndpoint& relay, bool reserves_next);
  void released(const RelayEndpoint& relay, TimePoint now) { ports_.released(relay, now); }
  void icmp(const RelayEndpoint& relay, const PeerEndpoint& peer) { icmp_ = {relay, peer}; }

  // State (auditor_state.cpp): after each step, and now and then everything.
  using Shards = std::vector<std::unique_ptr<Shard>>;
  void check_sums(const Shards& shards, turn::Ledger& ledger, TimePoint now);
  void check_all(const Shards& shards, turn::Ledger& ledger, TimePoint now);
  // The server was rebuilt from its snapshot: its routes are published anew, its counters begin at 0, what
  // was opening is lost.
  void restart();
  void check_restarted(TimePoint now);

 private:
  struct RouteKey {
    FiveTuple client;
    IpAddress peer;
    std::uint16_t channel = 0;
    bool operator==(const RouteKey&) const = default;
  };
  using Routes = boost::unordered_flat_map<RouteKey, relay::Route, ByteHash>;
  static RouteKey key_of(const relay::Route& route) {
    return {route.client, route.peer.address, route.channel};
  }

  struct Live {
    FiveTuple tuple;
    std::string user;
    std::uint32_t incarnation = 0;
    relay::Traffic traffic;
    std::size_t routes = 0;
    TimePoint served;  // when last
  };
  // An Allocate that waits for a place in the quota, or whose relays are opening.
  struct Pending {
    FiveTuple tuple;
    std::uint32_t incarnation = 0;
    std::uint32_t ports_each = 1;  // 2: EVEN-PORT with R, which takes two places as well
    TimePoint since;
    turn::Tenant tenant;
    turn::Parity parity = turn::Parity::any;
    bool is_redeemed = false;
  };
  struct Asked {
    relay::Client client;
    Parcel parcel;
    std::optional<stun::MessageView> message;  // of parcel
  };

  void on(const Shard& shard, const turn::SendToClient& effect, TimePoint now);
  void on(const Shard& shard, const turn::OpenRelay& effect, TimePoint now);
  void on(const Shard& shard, const turn::EndAbandoned& effect, TimePoint now);
  void on(const Shard& shard, const turn::CloseRelay& effect, TimePoint now);
  void on(const Shard& shard, const turn::PublishRoute& effect, TimePoint now);
  void on(const Shard& shard, const turn::RetractRoute& effect, TimePoint now);
  void on(const Shard& shard, const turn::AllocationStarted& effect, TimePoint now);
  void on(const Shard& shard, const turn::AllocationEnded& effect, TimePoint now);
  void on(const Shard& shard, const turn::RequestRefused& effect, TimePoint now);

  void succeeded(const FiveTuple& tuple, const stun::MessageView& response, TimePoint now);
  void refused(const FiveTuple& tuple, const stun::MessageView& response, TimePoint now);
  void note_pending(relay::AllocationId allocation, TimePoint now);
  void reported_icmp(const FiveTuple& tuple, const stun::MessageView& indication, TimePoint now);
  // Every permission and channel of the tuple has its route, with the earliest of the three ends, and there
  // are no others.
  void compare_routes(const FiveTuple& tuple, TimePoint now);
  void expect_route(const FiveTuple& tuple, const Grant& grant, const Endpoint& peer, std::uint16_t channel,
                    TimePoint end, TimePoint now);
  void check_allocation(const turn::Allocation& allocation, const Shard& shard, TimePoint now);
  void check_against_book(const turn::Allocation& allocation, TimePoint now);
  void check_route_of(const Shard& shard, const relay::Route& expected, TimePoint now);
  PeerEndpoint local(const Endpoint& outside) const { return geography_.local(outside); }
  template <class Role>
  Endpoint outside(const EndpointAs<Role>& local) const {
    return geography_.external.to_external(local).plain();
  }
  relay::Traffic* traffic_of(const FiveTuple& tuple);
  void count_expired(const RelayEndpoint& relay);

  turn::Tenant tenant_of(const stun::MessageView& request) const;
  bool has_quota(const std::string& user) const {
    return tenant_named(user, population_.shared_every).kind == turn::NameKind::personal;
  }

  const Population population_;
  const Geography& geography_;
  const Ground& ground_;
  Referee& referee_;
  Book book_;
  PortBook ports_;
  std::map<std::vector<std::uint8_t>, std::string> by_hash_;  // users
  boost::unordered_flat_set<FiveTuple, ByteHash> heard_;
  Routes routes_;
  Routes routes_before_;  // the restart
  std::map<RelayEndpoint, std::size_t> routes_on_relay_;
  std::map<relay::AllocationId, Live> live_;
  std::map<FiveTuple, relay::AllocationId> live_by_tuple_;
  std::map<relay::AllocationId, Pending> pending_;
  std::map<std::string, TimePoint> revoked_;  // users, when last
  std::optional<Asked> asked_;
  std::optional<std::pair<RelayEndpoint, PeerEndpoint>> icmp_;
};

}  // namespace turnpike::sim
