// The second half of Allocate: relays open or fail, and then there is an allocation or there is none.
#include <algorithm>

#include "turnpike/base/check.hpp"
#include "turnpike/turn/allocate.hpp"
#include "turnpike/turn/revise.hpp"

namespace turnpike::turn {
namespace {

using boost::system::error_code;
using stun::Attr;

constexpr int kOpenAttemptsMax = 16;  // ports that other programs hold, before the family counts as exhausted

bool is_in_use(const error_code& error) { return error == boost::system::errc::address_in_use; }

Cause cause_of(const error_code& error) {
  namespace errc = boost::system::errc;
  if (is_in_use(error)) return Cause::ports_in_use;
  const bool is_scarce = error == errc::too_many_files_open || error == errc::too_many_files_open_in_system;
  return is_scarce ? Cause::out_of_descriptors : Cause::relay_not_opened;
}

// What ADDRESS-ERROR-CODE says of the half that could not be had (RFC 8656 18.13).
MissingHalf missing_half(const RelayWant& want) {
  const bool unsupported = want.failure.cause == Cause::family_unsupported;
  return {want.family, unsupported ? stun::ErrorCode::address_family_not_supported
                                   : stun::ErrorCode::insufficient_capacity};
}

// With the port that was to be reserved beside it.
void close(Core& core, const RelayWant& want, TimePoint now) {
  core.out.emit(CloseRelay{want.relay});
  if (want.parity == Parity::pair) core.ledger.release_port(partner_of(want.relay), now);
}

// Those that opened on an address which the host has lost since, while the other half still opened.
void close_lost(Core& core, PendingAllocate& opening, TimePoint now) {
  for (RelayWant& want : opening.plan.wants) {
    if (want.state != RelayWant::State::open || is_here(want.relay, core.policies)) continue;
    close(core, want, now);
    const error_code error = make_error_code(boost::system::errc::address_not_available);
    want.fail({cause_of(error), error});
  }
}

}  // namespace

void Allocate::open(PendingAllocate fresh, const Now& now) {
  pending_.push_back(std::move(fresh));
  PendingAllocate& opening = pending_.back();
  for (RelayWant& want : opening.plan.wants) {
    if (want.state == RelayWant::State::opening) lease(opening, want, now.monotonic);
  }
  settle(opening, now);
}

void Allocate::lease(PendingAllocate& opening, RelayWant& want, TimePoint now) {
  if (!opening.plan.token) {
    const auto relay =
        core_.ledger.lease_port(want.family, want.parity, opening.identity.tenant(), core_.random, now);
    if (!relay) return want.fail({Cause::no_free_port});
    want.relay = *relay;
  }
  ++want.attempts;
  core_.out.emit(OpenRelay{opening.id, want.relay, opening.plan.reserves_next()});
}

void Allocate::on_relay_opened(relay::AllocationId id, const RelayEndpoint& relay, error_code error,
                               const Now& now) {
  const auto found = std::ranges::find(pending_, id, &PendingAllocate::id);
  TURNPIKE_CHECK(found != pending_.end());
  const auto wanted = std::ranges::find(found->plan.wants, relay, &RelayWant::relay);
  TURNPIKE_CHECK(wanted != found->plan.wants.end());
  RelayWant& want = *wanted;
  if (!error) {
    want.state = RelayWant::State::open;
    return settle(*found, now);
  }
  set_aside(want, now.monotonic);
  const bool try_another =
      is_in_use(error) && !found->plan.token && !found->abandoned && want.attempts < kOpenAttemptsMax;
  if (try_another) {
    lease(*found, want, now.monotonic);
  } else {
    want.fail({cause_of(error), error});
  }
  settle(*found, now);
}

// Once every relay is open or has failed: an allocation, or nothing at all.
void Allocate::settle(PendingAllocate& opening, const Now& now) {
  if (!opening.settled()) return;
  close_lost(core_, opening, now.monotonic);
  PendingAllocate settled = std::move(opening);
  std::erase_if(pending_, [&](const PendingAllocate& other) { return other.id == settled.id; });
  if (settled.any_open() && !settled.abandoned) {
    establish(settled, now);
  } else {
    give_up(settled, now);
  }
}

void Allocate::establish(PendingAllocate& opening, const Now& now) {
  Allocation allocation;
  allocation.id = opening.id;
  allocation.client = opening.exchange.client;
  allocation.identity = std::move(opening.identity);
  allocation.transaction = opening.exchange.transaction;
  allocation.meter = core_.ledger.meter_of(allocation.identity.user_id);
  allocation.started = now.monotonic;
  allocation.heard = now.monotonic;
  std::uint32_t lifetime_s = opening.plan.lifetime_s;
  if (const auto life_max_s = allocation.identity.life_max_s(now.unix_s)) {
    lifetime_s = std::min(lifetime_s, *life_max_s);
    allocation.ends = now.monotonic + std::chrono::seconds(*life_max_s);
  }
  const TimePoint expires = now.monotonic + std::chrono::seconds(lifetime_s);
  for (const RelayWant& want : opening.plan.wants) {
    if (want.state == RelayWant::State::open) {
      allocation.halves.push_back({want.relay, expires});
    } else {
      allocation.missing = missing_half(want);
    }
  }
  if (opening.plan.reserves_next()) {
    const RelayEndpoint reserved = partner_of(opening.plan.wants.front().relay);
    allocation.reservation =
        core_.ledger.reserve_port(reserved, allocation.identity.user_id, core_.random, now.monotonic);
  }
  const Allocation& live = core_.live.begin(std::move(allocation), lifetime_s);
  respond(opening.exchange, live, now.monotonic);
}

void Allocate::give_up(const PendingAllocate& opening, const Now& now) {
  for (const RelayWant& want : opening.plan.wants) {
    if (want.state == RelayWant::State::open) close(core_, want, now.monotonic);
  }
  for (std::uint32_t places = opening.plan.places(); places > 0; --places)
    core_.ledger.give_place_back(opening.identity.user_id);
  if (!opening.abandoned) core_.out.refuse(opening.exchange, opening.failure());
}

// Whose next lease must not be the same port again.
void Allocate::set_aside(const RelayWant& want, TimePoint now) {
  core_.ledger.set_port_aside(want.relay, now);
  if (want.parity == Parity::pair) core_.ledger.set_port_aside(partner_of(want.relay), now);
}

// The lifetime is what remains of it, so a repetition of the request can be answered from the allocation
// alone.
void Allocate::respond(const Exchange& exchange, const Allocation& allocation, TimePoint now) const {
  ResponseBuilder response(exchange, stun::Class::success);
  stun::MessageBuilder& message = response.message();
  TimePoint expires = TimePoint::max();
  for (const RelayHalf& half : allocation.halves) {
    message.add_xor_address(Attr::xor_relayed_address,
                            core_.options.external.to_external(half.relay).plain());
    expires = std::min(expires, half.expires);
  }
  message.add_u32(Attr::lifetime,
                  static_cast<std::uint32_t>(std::chrono::ceil<std::chrono::seconds>(expires - now).count()));
  message.add_xor_address(Attr::xor_mapped_address, exchange.client.tuple.client.plain());
  if (allocation.reservation) message.add(Attr::reservation_token, *allocation.reservation);
  if (allocation.missing) message.add_address_error(allocation.missing->family, allocation.missing->code);
  core_.out.respond(exchange.client, response.finish());
}

}  // namespace turnpike::turn
