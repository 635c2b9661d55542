// Allocate (RFC 8656 7.2), step by step: plan what is asked for, take places in the quota, have the relay
// sockets opened, settle.
#pragma once

#include <boost/system/error_code.hpp>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "turnpike/turn/core.hpp"
#include "turnpike/turn/pending_allocate.hpp"
#include "turnpike/turn/request.hpp"

namespace turnpike::turn {

// Handles Allocate requests from their arrival to their response. Not thread-safe.
class Allocate {
 public:
  Allocate(Core& core, relay::AllocationId first_id) : core_(core), next_id_(first_id) {}

  // Returns the refusal that the caller sends. Returns nullopt if the response is already in the outbox or
  // follows once relays are open.
  std::optional<Refusal> on_request(const Request& request);
  // Goes on with an Allocate that waits for a place. Precondition: EndAbandoned was emitted for `id`.
  void on_abandoned_ended(relay::AllocationId id, const Now& now);
  // Takes the result of OpenRelay. After `address_in_use` another port is tried; any other error refuses the
  // relay.
  void on_relay_opened(relay::AllocationId id, const RelayEndpoint& relay, boost::system::error_code error,
                       const Now& now);

  // Cancels waiting Allocates, of one 5-tuple, of one user or all: nobody is answered, and relays that still
  // open are closed.
  void abandon(const FiveTuple& tuple);
  void abandon_all_of(std::string_view user_id);
  void abandon_all();

  relay::AllocationId next_id() const { return next_id_; }
  void set_next_id(relay::AllocationId id) { next_id_ = id; }

 private:
  std::optional<Refusal> repeat(const Request& request) const;
  std::optional<Refusal> take_places(const Exchange& exchange, AllocatePlan& plan, const Tenant& tenant,
                                     TimePoint now);
  std::optional<Refusal> redirect(const Exchange& exchange, const AllocatePlan& plan, const Tenant& tenant,
                                  TimePoint now) const;
  std::optional<Refusal> redeem(AllocatePlan& plan, const std::string& user_id, TimePoint now);
  bool may_wait_for_place() const;
  std::uint32_t places_lacking(const Refusal& refusal, const Tenant& tenant, const AllocatePlan& plan) const;
  void wait_for_places(PendingAllocate waiting, std::uint32_t lacking);

  void open(PendingAllocate fresh, const Now& now);
  void lease(PendingAllocate& opening, RelayWant& want, TimePoint now);
  void settle(PendingAllocate& opening, const Now& now);
  void establish(PendingAllocate& opening, const Now& now);
  void give_up(const PendingAllocate& opening, const Now& now);
  void set_aside(const RelayWant& want, TimePoint now);
  void respond(const Exchange& exchange, const Allocation& allocation, TimePoint now) const;

  PendingAllocate* pending(const FiveTuple& tuple);

  Core& core_;
  // Few: a relay opens in microseconds, and only some may wait for a place.
  std::vector<PendingAllocate> pending_;
  relay::AllocationId next_id_;
};

}  // namespace turnpike::turn
