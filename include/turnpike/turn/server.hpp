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

// Holds everything from which a server can be rebuilt in another process on the same machine; times are of
// CLOCK_MONOTONIC. An allocation whose relay is still opening is left out: its client will ask again.
struct Snapshot {
  NonceFactory::MacKey nonce_key{};
  relay::AllocationId next_id = 0;
  std::vector<Allocation> allocations;  // in ascending order of id

  bool operator==(const Snapshot&) const = default;
};

// How long a UDP client must be silent before its allocation may be ended for a full quota. A client in use
// sends more often, and no client changes networks so often that its quota fills up sooner.
constexpr Duration kAbandonedAfter = std::chrono::seconds(30);

// Names an allocation and when its client was last heard. Sorts the longest silent first.
struct Silent {
  TimePoint heard;
  relay::AllocationId allocation = 0;
  auto operator<=>(const Silent&) const = default;
};

// Holds the TURN rules of one worker. How to drive it:
//   1. Call one input.
//   2. Call next_effect() until it is empty, and do each effect in order.
//   3. Sleep until next_deadline(), then call on_deadline().
// OpenRelay and EndAbandoned may be answered at once, inside the loop of step 2, or later. Time never goes
// backwards. Data from bound channels, Send indications and data from peers never come here: relay::Forwarder
// decides those by the routes. Not thread-safe.
class Server {
 public:
  // `ledger` and `random` must outlive the server.
  Server(const ServerOptions& options, Authenticator authenticator, Policies policies, Ledger& ledger,
         Random& random);

  // Takes one datagram, or one frame of a stream. Malformed messages are dropped.
  void on_client(Bytes message, const relay::Client& client, const Now& now);
  // Answers EndAbandoned. Precondition: this allocation waits for the answer.
  void on_abandoned_ended(relay::AllocationId allocation, const Now& now) {
    allocate_.on_abandoned_ended(allocation, now);
  }
  // Answers OpenRelay. After `address_in_use` another port is tried; any other error refuses the relay.
  void on_relay_opened(relay::AllocationId allocation, const RelayEndpoint& relay,
                       boost::system::error_code error, const Now& now) {
    allocate_.on_relay_opened(allocation, relay, error, now);
  }
  // Answers CloseRelay: the port may be leased again.
  void on_relay_closed(const RelayEndpoint& relay, const Now& now) {
    core_.ledger.release_port(relay, now.monotonic);
  }
  // Takes an ICMP error that the relay's socket reported, see report_icmp().
  void on_icmp(const RelayEndpoint& relay, const IcmpError& error, const Now& now) {
    report_icmp(core_, relay, error, now.monotonic);
  }
  // Ends the allocation of a client whose connection is gone.
  void on_client_closed(const FiveTuple& tuple, const Now& now);
  // Ends everything that is due.
  void on_deadline(const Now& now);
  // Returns when data last came from an allocation's client.
  using LastHeard = std::function<TimePoint(relay::AllocationId)>;
  // Returns the user's allocations over UDP whose client was not heard for kAbandonedAfter: a client in
  // another network cannot end them itself. An open connection counts as heard.
  std::vector<Silent> silent_of(std::string_view user_id, const LastHeard& heard, const Now& now) const;
  // Ends a silent allocation. Returns false if it has ended, or if its client was heard since `silent.heard`.
  bool end_silent(const Silent& silent, const LastHeard& heard, const Now& now);
  // Ends all allocations of the user and returns how many there were.
  std::size_t revoke(std::string_view user_id, const Now& now);
  // Ends one allocation. Returns false if there is none with this id.
  bool end(relay::AllocationId id, EndReason reason, const Now& now);
  // Ends all allocations, for an orderly stop.
  void end_all(EndReason reason, const Now& now);
  // Stops granting new allocations; live ones go on until they end. An Allocate is answered with another
  // server (300) if there is one, else refused (508).
  void drain() { core_.draining = true; }
  // Sets the servers that new clients may be sent to. `alternates` must not be null.
  void set_alternates(std::shared_ptr<const Alternates> alternates) {
    core_.alternates = std::move(alternates);
  }
  // Replaces the policies. Live allocations keep their keys. What the new policies forbid ends at revise(),
  // or when the client refreshes it.
  void reload(Policies policies);
  // Replaces the options for all later requests. The worker's number stays.
  void set_options(const ServerOptions& options);
  // Applies the policies to one live allocation. After reload() the caller calls this for each of
  // allocation_ids(), a few at a time. Returns a measure of the work, see turn/revise.hpp.
  std::size_t revise(relay::AllocationId id, const Now& now);

  // Removes and returns the oldest effect; nullopt if there is none.
  std::optional<Effect> next_effect() { return core_.out.next(); }
  // Returns when on_deadline() must be called, or nullopt. Covers the server's allocations and the ledger's
  // reservations.
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
  // Returns nullptr if there is no allocation with this id.
  const Allocation* allocation(relay::AllocationId id) const { return core_.live.table().find(id); }

  Snapshot snapshot() const;
  // Rebuilds a snapshot in a new server, claims its ports and places in the ledger, and publishes every
  // route. The shell must bring the relay sockets. Precondition: the ledger has none of it yet.
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
