#include "turnpike/turn/allocate.hpp"

#include <algorithm>

#include "turnpike/base/check.hpp"

namespace turnpike::turn {
namespace {

constexpr std::ptrdiff_t kPlacelessMax = 16;  // that wait for a place at once: beyond, the quota is final
constexpr int kAskedMax = 2;                  // for places, of one request

// Within kReturnsWithin. Who comes back to a server that has enough clients is served after all. One that
// drains grants nothing, so it sends away what a browser asks for at once, each way and each connection.
constexpr int kSentAwayMax = 1;
constexpr int kSentAwayMaxInDrain = 8;

// RFC 8489 10: that a request has MESSAGE-INTEGRITY-SHA256 shows that its client knows ALTERNATE-DOMAIN.
Arrival arrival_of(const Exchange& exchange, const Core& core) {
  const FiveTuple& tuple = exchange.client.tuple;
  return {.transport = tuple.transport,
          .family = tuple.client.family(),
          .here = {core.options.external.to_external(tuple.server.address).plain(), tuple.server.port},
          .reads_domain = exchange.signature->sha256,
          .may_stay = !core.draining};
}

}  // namespace

std::optional<Refusal> Allocate::on_request(const Request& request) {
  if (request.allocation != nullptr) return repeat(request);
  if (const PendingAllocate* opening = pending(request.exchange.client.tuple)) {
    const bool repeats =
        opening->exchange.transaction == request.exchange.transaction;  // the answer to it is on its way
    return repeats ? std::nullopt : std::optional(Refusal{Cause::allocation_exists});
  }
  const Families families{core_.ledger.has_family(Family::ipv4), core_.ledger.has_family(Family::ipv6)};
  auto plan = plan_allocate(request, core_.options, families);
  if (!plan) return plan.error();
  const Tenant tenant = request.identity.tenant();
  const auto refusal = take_places(request.exchange, *plan, tenant, request.now.monotonic);
  const std::uint32_t lacking = refusal ? places_lacking(*refusal, tenant, *plan) : 0;
  const bool waits = lacking > 0 && may_wait_for_place();
  if (refusal && !waits) return refusal;
  PendingAllocate fresh{next_id_++, request.exchange, request.identity, std::move(*plan)};
  waits ? wait_for_places(std::move(fresh), lacking) : open(std::move(fresh), request.now);
  return std::nullopt;
}

// A 5-tuple has one allocation. A repetition of the request that made it, which is told by its transaction id
// and not by its bytes (RFC 7982 3.1), gets its answer again (RFC 8656 7.2).
std::optional<Refusal> Allocate::repeat(const Request& request) const {
  const Allocation& existing = *request.allocation;
  const bool same_user = existing.identity.user_id == request.identity.user_id;
  if (existing.transaction != request.exchange.transaction || !same_user)
    return Refusal{Cause::allocation_exists};
  respond(request.exchange, existing, request.now.monotonic);
  return std::nullopt;
}

// One place for the allocation, and one for the port that it reserves. A token brings its place.
std::optional<Refusal> Allocate::take_places(const Exchange& exchange, AllocatePlan& plan,
                                             const Tenant& tenant, TimePoint now) {
  if (core_.ledger.is_barred(tenant.user_id, now)) return Refusal{Cause::barred};
  if (auto redirected = redirect(exchange, plan, tenant, now)) return redirected;
  if (core_.draining) return Refusal{Cause::draining};
  if (plan.token) return redeem(plan, tenant.user_id, now);
  switch (core_.ledger.take_places(tenant, plan.places(), now)) {
    case Quota::granted: break;
    case Quota::user_full: return Refusal{Cause::user_quota};
    case Quota::visitors_full: return Refusal{Cause::visitors_full};
    case Quota::server_full: return Refusal{Cause::server_quota};
  }
  return std::nullopt;
}

// To another server, if this one has enough clients or drains, and there is one for this client. What a token
// stands for is here, and nowhere else; visitors try out this server; a quota that is full is the answer
// (486).
std::optional<Refusal> Allocate::redirect(const Exchange& exchange, const AllocatePlan& plan,
                                          const Tenant& tenant, TimePoint now) const {
  if (plan.token || tenant.kind == NameKind::visitor) return std::nullopt;
  const SentAway::Asking asking{tenant.user_id, exchange.client.tuple.client.address, exchange.transaction};
  if (auto earlier = core_.ledger.repeat_detour(asking, now))
    return Refusal{.cause = Cause::redirected, .detour = std::move(earlier)};
  const Alternates& alternates = *core_.alternates;
  if (!core_.draining && !alternates.redirects()) return std::nullopt;
  if (!core_.draining && core_.ledger.is_full(tenant, plan.places())) return std::nullopt;
  auto detour = alternates.detour(arrival_of(exchange, core_));
  const int times = core_.draining ? kSentAwayMaxInDrain : kSentAwayMax;
  if (!detour || !core_.ledger.send_away(asking, *detour, times, now)) return std::nullopt;
  return Refusal{.cause = Cause::redirected, .detour = std::move(detour)};
}

std::optional<Refusal> Allocate::redeem(AllocatePlan& plan, const std::string& user_id, TimePoint now) {
  const auto relay = core_.ledger.redeem_port(*plan.token, user_id, now);
  if (!relay) return Refusal{Cause::unknown_reservation};
  plan.wants.front().relay = *relay;
  plan.wants.front().family = relay->family();
  return std::nullopt;
}

bool Allocate::may_wait_for_place() const {
  return std::ranges::count_if(pending_, &PendingAllocate::lacks_place) < kPlacelessMax;
}

// In the user's quota, where it refused; 0 where nobody's end would help.
std::uint32_t Allocate::places_lacking(const Refusal& refusal, const Tenant& tenant,
                                       const AllocatePlan& plan) const {
  return refusal.cause == Cause::user_quota ? core_.ledger.places_lacking(tenant, plan.places()) : 0;
}

void Allocate::wait_for_places(PendingAllocate waiting, std::uint32_t lacking) {
  waiting.lacks_place = true;
  ++waiting.asked;
  core_.out.emit(EndAbandoned{waiting.id, waiting.identity.user_id, lacking});
  pending_.push_back(std::move(waiting));
}

void Allocate::on_abandoned_ended(relay::AllocationId id, const Now& now) {
  const auto found = std::ranges::find(pending_, id, &PendingAllocate::id);
  TURNPIKE_CHECK(found != pending_.end() && found->lacks_place);
  PendingAllocate waited = std::move(*found);
  pending_.erase(found);
  if (waited.abandoned) return;
  waited.lacks_place = false;
  const Tenant tenant = waited.identity.tenant();
  if (const auto refusal = take_places(waited.exchange, waited.plan, tenant, now.monotonic)) {
    const std::uint32_t lacking = places_lacking(*refusal, tenant, waited.plan);
    if (lacking == 0 || waited.asked == kAskedMax) return core_.out.refuse(waited.exchange, *refusal);
    return wait_for_places(std::move(waited), lacking);
  }
  open(std::move(waited), now);
}

void Allocate::abandon(const FiveTuple& tuple) {
  if (PendingAllocate* opening = pending(tuple)) opening->abandoned = true;
}

void Allocate::abandon_all_of(std::string_view user_id) {
  for (PendingAllocate& each : pending_) each.abandoned |= each.identity.user_id == user_id;
}

void Allocate::abandon_all() {
  for (PendingAllocate& each : pending_) each.abandoned = true;
}

PendingAllocate* Allocate::pending(const FiveTuple& tuple) {
  const auto found = std::ranges::find_if(pending_, [&](const PendingAllocate& each) {
    return each.exchange.client.tuple == tuple && !each.abandoned;
  });
  return found == pending_.end() ? nullptr : &*found;
}

}  // namespace turnpike::turn
