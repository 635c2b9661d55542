// A whole server without sockets: the core, the forwarder and a clock that the test sets.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "rfc/messages.hpp"
#include "turnpike/relay/forwarder.hpp"
#include "turnpike/turn/server.hpp"

namespace turnpike::test {

using std::chrono::seconds;
using stun::Attr;
using stun::Method;

// Users by name; several credentials may have the same name.
class Users final : public turn::CredentialSource {
 public:
  Users(std::vector<turn::Credential> credentials, std::string realm, bool by_hash)
      : credentials_(std::move(credentials)), realm_(std::move(realm)), by_hash_(by_hash) {}
  void find(std::string_view username, std::vector<turn::Credential>& out) const override;
  void find_userhash(Bytes userhash, std::vector<turn::Credential>& out) const override;
  bool supports_userhash() const override { return by_hash_; }
  bool empty() const override { return credentials_.empty(); }

  mutable int lookups = 0;

 private:
  std::vector<turn::Credential> credentials_;
  std::string realm_;
  bool by_hash_;
};

struct WorldOptions {
  std::string realm = "realm";
  std::vector<turn::Credential> users = {{"user", "pass", "user", {}}, {"user2", "pass2", "user2", {}}};
  bool userhash = true;
  std::shared_ptr<const turn::CredentialSource> credentials = nullptr;  // instead of `users`
  std::vector<IpAddress> addresses = {ip("203.0.113.1"), ip("2a00:db8::1")};
  turn::PortRange ports{};
  std::uint32_t allocations_per_user_max = 0;
  std::uint32_t allocations_max = 0;
  std::uint64_t bytes_per_second = 0;
  std::uint32_t visitors_max = 0;
  std::uint64_t bytes_per_visitor = 0;
  turn::CheckExpiry check_expiry = turn::CheckExpiry::allocate;
  turn::ServerOptions server{.unauthenticated_per_second = 0, .external = {}};
  turn::PeerRules peers{};
  bool end_unverified = false;
  std::shared_ptr<const std::vector<IpAddress>> host_addresses = nullptr;
  std::vector<std::string> fleet_secrets{};  // newest first
  std::uint64_t seed = 4242;
};

// How the opening of a relay socket ends.
inline const boost::system::error_code kOpened{};
inline const boost::system::error_code kInUse = make_error_code(boost::system::errc::address_in_use);
inline const boost::system::error_code kNotPermitted =
    make_error_code(boost::system::errc::permission_denied);

// A datagram that left a relay.
struct Arrived {
  Endpoint relay, peer;
  Buffer bytes;
  bool dont_fragment = false;
  bool operator==(const Arrived&) const = default;
};

// Does what a worker does. Every step ends with a check of the invariants: what the ledger counts is what is
// alive, every port is free, resting or leased, every route belongs to a live allocation and leads through an
// open relay.
class World {
 public:
  explicit World(WorldOptions options = {});
  ~World() { check(); }
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  // One datagram or frame. Returns what the client was sent meanwhile.
  std::vector<Buffer> send(Bytes packet, const relay::Client& client);
  // One datagram from a peer. Returns what the client was sent for it, or nothing.
  std::optional<Buffer> peer_sends(const Endpoint& relay, const Endpoint& peer, Bytes payload);
  std::optional<Buffer> peer_sends(const Endpoint& relay, std::string_view peer, std::string_view payload) {
    return peer_sends(relay, at(peer), as_bytes(payload));
  }
  std::vector<Arrived> take_arrived() { return std::exchange(arrived_, {}); }
  // What was sent to the client and not returned by send().
  std::vector<Buffer> take_inbox(const relay::Client& client) {
    return std::exchange(inboxes_[client.tuple], {});
  }
  void icmp(const Endpoint& relay, const turn::IcmpError& error);
  void close(const relay::Client& client);
  // Judges every allocation again.
  void reload(WorldOptions options);

  // Time passes; deadlines are served when they come, or, by oversleep(), not at all.
  void advance(Duration by);
  void oversleep(Duration by);
  void step_wall_clock(seconds by) { now_.unix_s += by.count(); }
  const Now& now() const { return now_; }

  // How relay sockets open: with these outcomes first, then always well. Held ones wait for open_next().
  std::deque<boost::system::error_code> outcomes;
  bool hold_openings = false;
  std::size_t held() const { return held_.size(); }
  void open_next(boost::system::error_code outcome);

  // The server's state goes into a new one, as to another process.
  void restart();

  const std::set<Endpoint>& relays() const { return relays_; }
  const std::vector<relay::Route>& routes() const { return routes_; }
  turn::Ledger::Counts counts() { return core_->ledger.counts(now_.monotonic); }
  turn::Server& server() { return *core_->server; }
  turn::Ledger& ledger() { return core_->ledger; }
  relay::RouteTable& route_table() { return core_->table; }
  const WorldOptions& options() const { return options_; }
  const Users& users() const { return *users_; }
  // Every effect but SendToClient.
  template <class Effect>
  std::vector<Effect> take_log() {
    std::vector<Effect> found;
    for (const turn::Effect& effect : log_) {
      if (const auto* of_kind = std::get_if<Effect>(&effect)) found.push_back(*of_kind);
    }
    std::erase_if(log_, [](const turn::Effect& effect) { return std::holds_alternative<Effect>(effect); });
    return found;
  }

  void drain();
  void check();

 private:
  struct Core;
  struct Ports final : relay::PortFilter {
    std::shared_ptr<const turn::PeerPolicy> policy;
    bool allows(const PeerEndpoint& peer, relay::Reach reach) const override {
      return policy->allows(peer, reach);
    }
  };
  struct Core {
    Core(const WorldOptions& options, Random& random, std::set<Endpoint>& reserved);
    turn::Ledger ledger;
    relay::RouteTable table;
    relay::Meters meters;
    Ports ports;
    relay::Forwarder forwarder;
    std::unique_ptr<turn::Server> server;
  };

  turn::Policies make_policies();
  void start(const turn::NonceFactory::MacKey& nonce_key);
  void perform(const turn::SendToClient& effect);
  void perform(const turn::OpenRelay& effect);
  void perform(const turn::EndAbandoned& effect);
  void perform(const turn::CloseRelay& effect);
  void perform(const turn::PublishRoute& effect);
  void perform(const turn::RetractRoute& effect);
  void perform(const turn::AllocationEnded& effect);
  template <class Effect>
  void perform(const Effect&) {}
  void open(const turn::OpenRelay& wanted, boost::system::error_code outcome);

  WorldOptions options_;
  Now now_{TimePoint(seconds(1'000'000)), 1'700'000'000};
  SeededRandom random_{options_.seed};
  std::shared_ptr<const Users> users_;
  std::unique_ptr<Core> core_;
  std::set<Endpoint> relays_;
  bool has_restarted_ = false;
  std::set<Endpoint> reserved_;  // ports that are bound and no relay yet
  std::vector<relay::Route> routes_;
  std::deque<turn::OpenRelay> held_;
  std::map<FiveTuple, std::vector<Buffer>> inboxes_;
  std::vector<Arrived> arrived_;
  std::vector<turn::Effect> log_;
};

}  // namespace turnpike::test
