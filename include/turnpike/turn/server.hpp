// The one entrance to the TURN rules (RFC 8656), without I/O: inputs are bytes and a time, outputs are
// effects.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "turnpike/base/address_map.hpp"
#include "turnpike/base/random.hpp"
#include "turnpike/base/time.hpp"
#include "turnpike/stun/message.hpp"
#include "turnpike/turn/allocation_table.hpp"
#include "turnpike/turn/answer_limiter.hpp"
#include "turnpike/turn/authenticator.hpp"
#include "turnpike/turn/effect.hpp"
#include "turnpike/turn/exchange.hpp"
#include "turnpike/turn/ledger.hpp"
#include "turnpike/turn/peer_policy.hpp"
#include "turnpike/turn/pending_allocate.hpp"

namespace turnpike::turn {

struct ServerOptions {
  std::uint32_t worker = 0;  // below 65,536; stands in every id that this server makes
  std::uint32_t lifetime_default_s = 600;
  std::uint32_t lifetime_max_s = 3600;
  std::uint32_t permissions_max = 1024;  // per allocation; 0 = no limit
  std::uint32_t channels_max = 1024;     // per allocation; 0 = no limit
  std::uint32_t unauthenticated_per_second =
      1000;  // answers per source address over UDP, of this worker; 0 = no limit
  bool rfc5766_channels = false;
  AddressMap external;  // what clients see of the relay addresses
};

// What a reload replaces. Both are shared by all workers and immutable.
struct Policies {
  std::shared_ptr<const CredentialSource> credentials;
  std::shared_ptr<const PeerPolicy> peers;
};

// An ICMP error about a datagram that one of our relays sent; `mtu` is the next hop's for "too big", else 0.
struct IcmpError {
  Endpoint peer;
  std::uint8_t type = 0;
  std::uint8_t code = 0;
  std::uint32_t mtu = 0;
};

enum class OpenOutcome { opened, in_use, failed };

// Everything by which a server can be rebuilt in another process on the same machine: times are
// CLOCK_MONOTONIC. An allocation whose relay is still opening is not in it: its client will ask again.
struct Snapshot {
  NonceFactory::MacKey nonce_key{};
  relay::AllocationId next_id = 0;
  std::vector<Allocation> allocations;  // by id

  bool operator==(const Snapshot&) const = default;
};

// A client in use sends more often, and none can change its network so often that the quota fills up sooner.
constexpr Duration kAbandonedAfter = std::chrono::seconds(30);

// One worker's shard. How to drive it:
//   1. call one input;
//   2. take next_effect() until it is empty, doing each in order (answers to OpenRelay and EndAbandoned may
//   come at once, from inside this
//      loop, or later);
//   3. sleep until next_deadline(), then call on_deadline().
// Not thread-safe. Time never goes backwards. Data from bound channels, Send indications and data from peers
// never come here: relay::Forwarder decides those by the routes.
class Server {
 public:
  Server(const ServerOptions& options, Authenticator authenticator, Policies policies, Ledger& ledger,
         Random& random);

  // One datagram, or one frame of a stream.
  void on_client(Bytes message, const relay::Client& client, const Now& now);
  // The answer to EndAbandoned.
  void on_abandoned_ended(relay::AllocationId allocation, const Now& now);
  void on_relay_opened(relay::AllocationId allocation, const Endpoint& relay, OpenOutcome outcome,
                       const Now& now);
  void on_icmp(const Endpoint& relay, const IcmpError& error, const Now& now);
  // The client's connection is gone, and with it its allocation (TCPC-03).
  void on_client_closed(const FiveTuple& tuple, const Now& now);
  void on_deadline(const Now& now);
  // Ends those of the user's allocations whose client was not heard of for kAbandonedAfter: in another
  // network it cannot end them itself. `heard` says when data came last from an allocation's client. Returns
  // how many.
  using LastHeard = std::function<TimePoint(relay::AllocationId)>;
  std::size_t end_abandoned(std::string_view user_id, const LastHeard& heard, const Now& now);
  // Ends every allocation of the user at once. Returns how many.
  std::size_t revoke(std::string_view user_id, const Now& now);
  // Ends all allocations, for an orderly stop.
  void end_all(EndReason reason, const Now& now);
  // From now on no new allocation is granted (508); those that live run on until they end (ALT-08).
  void drain() { draining_ = true; }
  // Live allocations keep their keys and routes; a rule that now forbids a peer ends its route at the next
  // refresh.
  void reload(Policies policies) { policies_ = std::move(policies); }

  std::optional<Effect> next_effect();
  std::optional<TimePoint> next_deadline() const { return allocations_.next_deadline(); }

  bool has_allocation(const FiveTuple& tuple) const { return allocations_.find(tuple) != nullptr; }
  std::size_t allocation_count() const { return allocations_.size(); }
  std::vector<relay::AllocationId> allocation_ids() const { return allocations_.ids(); }
  // Null if it has ended.
  const Allocation* allocation(relay::AllocationId id) const { return allocations_.find(id); }

  Snapshot snapshot() const;
  // Into a new server whose Ledger has none of it yet. Publishes every route; relay sockets are the shell's
  // to bring along.
  void restore(const Snapshot& snapshot);

 private:
  // A request on its way through a handler.
  struct Request {
    const stun::MessageView& message;
    Exchange exchange;
    Now now;
    std::optional<Identity> identity;  // set for authenticated methods
    Allocation* allocation = nullptr;  // of this 5-tuple, if any
  };
  using Handler = void (Server::*)(Request&);
  static Handler handler_of(stun::Method method);

  void on_request(const stun::MessageView& message, const relay::Client& client, const Now& now);
  bool authenticate(Request& request);
  bool reject_unknown_attributes(const Request& request);
  bool require_allocation(const Request& request);

  void on_binding(Request& request);
  void on_allocate(Request& request);
  void on_refresh(Request& request);
  void on_create_permission(Request& request);
  void on_channel_bind(Request& request);

  // Allocate, step by step (server_allocate.cpp).
  bool answer_existing(const Request& request);
  std::optional<stun::ErrorCode> plan(const Request& request, PendingAllocate& plan) const;
  std::optional<stun::ErrorCode> plan_families(const Request& request, PendingAllocate& plan) const;
  std::optional<stun::ErrorCode> judge_user(const std::string& user_id, TimePoint now);
  std::optional<stun::ErrorCode> redeem(const Request& request, PendingAllocate& plan);
  std::optional<stun::ErrorCode> take_places(const PendingAllocate& plan, TimePoint now);
  bool may_wait_for_place() const;
  void wait_for_place(PendingAllocate plan);
  void open_relays(PendingAllocate plan, const Now& now);
  void lease_and_open(PendingAllocate& pending, RelayWant& want, const Now& now);
  void settle(PendingAllocate& pending, const Now& now);
  void establish(PendingAllocate& pending, const Now& now);
  void give_up(PendingAllocate& pending, const Now& now);
  void send_allocated(const Exchange& exchange, const Allocation& allocation, TimePoint now);
  PendingAllocate* pending(const FiveTuple& tuple);

  // Permissions and channels of one allocation (server_permission.cpp).
  std::optional<stun::ErrorCode> judge_peer(const Allocation& allocation, const IpAddress& peer);
  void permit(Allocation& allocation, const IpAddress& peer, TimePoint now);
  void forget_peer(Allocation& allocation, const IpAddress& peer);
  void forget_channel(Allocation& allocation, const Channel& channel);
  void publish_changed(Allocation& allocation);

  // Ends (server_expiry.cpp).
  void expire_parts(Allocation& allocation, TimePoint now);
  void close_half(Allocation& allocation, Family family, TimePoint now);
  void end_allocation(relay::AllocationId id, EndReason reason, TimePoint now);

  std::uint32_t granted_lifetime_s(const std::optional<std::uint32_t>& asked_s) const;
  std::uint16_t channel_max() const;
  void respond(const relay::Client& client, std::vector<std::uint8_t> bytes) {
    emit(SendToClient{client, std::move(bytes)});
  }
  void refuse(const Exchange& exchange, stun::ErrorCode code);
  void refuse(const Exchange& exchange, stun::ErrorCode code, std::vector<std::uint8_t> response);
  void emit(Effect effect) { effects_.push_back(std::move(effect)); }

  ServerOptions options_;
  Authenticator authenticator_;
  Policies policies_;
  Ledger& ledger_;
  Random& random_;
  AnswerLimiter binding_limiter_;
  AnswerLimiter challenge_limiter_;
  AllocationTable allocations_;
  std::vector<PendingAllocate>
      pending_;  // few: a relay opens in microseconds, and only some may wait for a place
  std::deque<Effect> effects_;
  relay::AllocationId next_id_;
  bool draining_ = false;
};

}  // namespace turnpike::turn
