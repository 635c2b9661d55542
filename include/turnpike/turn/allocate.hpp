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

class Allocate {
 public:
  Allocate(Core& core, relay::AllocationId first_id) : core_(core), next_id_(first_id) {}

  // None: it was answered, or will be.
  std::optional<Refusal> on_request(const Request& request);
  void on_abandoned_ended(relay::AllocationId id, const Now& now);
  // `error`: success; address_in_use, after which another port is tried; or what else the system had against
  // it.
  void on_relay_opened(relay::AllocationId id, const RelayEndpoint& relay, boost::system::error_code error,
                       const Now& now);

  // Their clients have gone or are to have nothing: what still opens is closed again, and nobody is answered.
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
