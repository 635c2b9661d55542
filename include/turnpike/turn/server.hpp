// The one entrance to the TURN rules (RFC 8656), without I/O: inputs are bytes and a time, outputs are
// effects.
#pragma once

#include <algorithm>
#include <compare>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "turnpike/turn/allocate.hpp"
#include "turnpike/turn/answer_limits.hpp"
#include "turnpike/turn/authenticator.hpp"
#include "turnpike/turn/core.hpp"
#include "turnpike/turn/icmp_report.hpp"

namespace turnpike::turn {

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

// An allocation whose client keeps silent, and when it was heard of last: the longest silent first.
struct Silent {
  TimePoint heard;
  relay::AllocationId allocation = 0;
  auto operator<=>(const Silent&) const = default;
};

// One worker's shard. How to drive it:
//   1. call one input;
//   2. take next_effect() until it is empty, doing each in order;
//   3. sleep until next_deadline(), then call on_deadline().
// OpenRelay and EndAbandoned may be answered at once, from inside the loop of step 2, or later.
// Not thread-safe. Time never goes backwards. Data from bound channels, Send indications and data from peers
// never come here: relay::Forwarder decides those by the routes.
class Server {
 public:
  Server(const ServerOptions& options, Authenticator authenticator, Policies policies, Ledger& ledger,
         Random& random);

  // One datagram, or one frame of a stream.
  void on_client(Bytes message, const relay::Client& client, const Now& now);
  // The answer to EndAbandoned.
  void on_abandoned_ended(relay::AllocationId allocation, const Now& now) {
    allocate_.on_abandoned_ended(allocation, now);
  }
  // The answer to OpenRelay. `error`: success, or what the system had against it; after address_in_use
  // another port is tried.
  void on_relay_opened(relay::AllocationId allocation, const RelayEndpoint& relay,
                       boost::system::error_code error, const Now& now) {
    allocate_.on_relay_opened(allocation, relay, error, now);
  }
  // The answer to CloseRelay.
  void on_relay_closed(const RelayEndpoint& relay, const Now& now) {
    core_.ledger.release_port(relay, now.monotonic);
  }
  void on_icmp(const RelayEndpoint& relay, const IcmpError& error, const Now& now) {
    report_icmp(core_, relay, error, now.monotonic);
  }
  // The client's connection is gone, and with it its allocation.
  void on_client_closed(const FiveTuple& tuple, const Now& now);
  void on_deadline(const Now& now);
  // Those of the user's allocations whose client was not heard of for kAbandonedAfter: in another network it
  // cannot end them itself. An open connection is as good as a word. `heard` says when data came last from an
  // allocation's client.
  using LastHeard = std::function<TimePoint(relay::AllocationId)>;
  std::vector<Silent> silent_of(std::string_view user_id, const LastHeard& heard, const Now& now) const;
  // Ends one of them. False: it has ended, or its client was heard of meanwhile.
  bool end_silent(const Silent& silent, const LastHeard& heard, const Now& now);
  // Ends every allocation of the user at once. Returns how many.
  std::size_t revoke(std::string_view user_id, const Now& now);
  // Ends one allocation. False: it had ended before.
  bool end(relay::AllocationId id, EndReason reason, const Now& now);
  // Ends all allocations, for an orderly stop.
  void end_all(EndReason reason, const Now& now);
  // From now on no new allocation is granted; those that live run on until they end. Whoever asks is
  // sent to another server (300) where there is one, and else refused (508).
  void drain() { core_.draining = true; }
  // Who asks for a new allocation is sent to these from now on, if they say so. Never null.
  void set_alternates(std::shared_ptr<const Alternates> alternates) {
    core_.alternates = std::move(alternates);
  }
  // Live allocations keep their keys; what the policies no longer allow them ends with revise(), or when it
  // is refreshed.
  void reload(Policies policies);
  // Of what is asked from now on. The worker's number stays.
  void set_options(const ServerOptions& options);
  // To be called after reload() for each of allocation_ids(), some at a time: turn/revise.
  std::size_t revise(relay::AllocationId id, const Now& now);

  std::optional<Effect> next_effect() { return core_.out.next(); }
  // Of its allocations, and of what the ledger keeps for all servers.
  std::optional<TimePoint> next_deadline() const;

  bool has_allocation(const FiveTuple& tuple) const { return core_.live.table().find(tuple) != nullptr; }
  std::size_t allocation_count() const { return core_.live.table().size(); }
  std::vector<relay::AllocationId> allocation_ids() const { return core_.live.table().ids(); }
  std::vector<relay::AllocationId> allocation_ids_of(std::string_view user_id) const {
    return core_.live.table().ids_of(user_id);
  }
  std::vector<ExternalEndpoint> relayed_addresses(const Allocation& allocation) const {
    return core_.live.relayed_addresses(allocation);
  }
  // Null if it has ended.
  const Allocation* allocation(relay::AllocationId id) const { return core_.live.table().find(id); }

  Snapshot snapshot() const;
  // Into a new server whose Ledger has none of it yet. Publishes every route; relay sockets are the shell's
  // to bring along.
  void restore(const Snapshot& snapshot);

 private:
  TimePoint last_heard(const Allocation& allocation, const LastHeard& heard) const {
    return std::max(allocation.heard, heard(allocation.id));
  }
  std::optional<Refusal> serve(Request& request);
  AnswerLimiter* guesses_of(const Request& request) const;
  bool may_try_key(const Request& request) const;
  std::optional<Refusal> authenticate(Request& request) const;
  void refuse(const Request& request, const Refusal& refusal);
  bool may_answer_binding(const FiveTuple& tuple, const Now& now);
  std::optional<Refusal> answer_binding(const Request& request);
  void on_legacy_binding(Bytes message, const relay::Client& client, const Now& now);

  Core core_;
  Authenticator authenticator_;
  Allocate allocate_;
  std::shared_ptr<AnswerLimits> answers_;
};

}  // namespace turnpike::turn
