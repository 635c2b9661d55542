// Allocate (RFC 8656 7.2): check the request, take ports and quota, have the relay sockets opened, answer.
#include <algorithm>
#include <array>
#include <cassert>

#include "turnpike/turn/server.hpp"

namespace turnpike::turn {
namespace {

using stun::Attr;
using stun::ErrorCode;

constexpr std::uint8_t kProtocolUdp = 17;
constexpr int kOpenAttemptsMax = 16;  // ports that other programs hold, before the family counts as exhausted

constexpr std::ptrdiff_t kPlacelessMax = 16;  // that wait for a place at once: beyond, the quota is final

constexpr std::uint8_t kFamilyIpv4 = 1;
constexpr std::uint8_t kFamilyIpv6 = 2;

// MSG-28: an attribute that is there must have its size.
template <class Read>
bool malformed(const stun::MessageView& message, Attr type, Read read) {
  const auto value = message.find(type);
  return value && !read(*value);
}

bool has_malformed_attribute(const stun::MessageView& message) {
  const auto is_empty = [](Bytes value) { return value.empty(); };
  const auto is_token = [](Bytes value) { return value.size() == ReservationToken{}.size(); };
  return malformed(message, Attr::lifetime, stun::read_u32) ||
         malformed(message, Attr::even_port, stun::read_even_port) ||
         malformed(message, Attr::requested_address_family, stun::read_u8_of_4) ||
         malformed(message, Attr::additional_address_family, stun::read_u8_of_4) ||
         malformed(message, Attr::dont_fragment, is_empty) ||
         malformed(message, Attr::reservation_token, is_token);
}

std::optional<std::uint8_t> family_in(const stun::MessageView& message, Attr type) {
  const auto value = message.find(type);
  return value ? stun::read_u8_of_4(*value) : std::nullopt;
}

RelayWant want(Family family, Parity parity, bool supported) {
  RelayWant result;
  result.family = family;
  result.parity = parity;
  if (!supported) {
    result.state = RelayWant::State::failed;
    result.failure = ErrorCode::address_family_not_supported;
  }
  return result;
}

}  // namespace

void Server::on_allocate(Request& request) {
  if (answer_existing(request)) return;
  PendingAllocate fresh;
  fresh.exchange = request.exchange;
  fresh.identity = *request.identity;
  if (const auto error = plan(request, fresh)) return refuse(request.exchange, *error);
  const auto error =
      fresh.wants.front().fixed ? redeem(request, fresh) : take_places(fresh, request.now.monotonic);
  if (error == ErrorCode::allocation_quota_reached && may_wait_for_place())
    return wait_for_place(std::move(fresh));
  if (error) return refuse(request.exchange, *error);
  fresh.id = next_id_++;
  open_relays(std::move(fresh), request.now);
}

bool Server::may_wait_for_place() const {
  return std::ranges::count_if(pending_, &PendingAllocate::lacks_place) < kPlacelessMax;
}

void Server::wait_for_place(PendingAllocate plan) {
  plan.lacks_place = true;
  plan.id = next_id_++;
  emit(EndAbandoned{plan.id, plan.identity.user_id});
  pending_.push_back(std::move(plan));
}

void Server::on_abandoned_ended(relay::AllocationId id, const Now& now) {
  const auto found = std::ranges::find(pending_, id, &PendingAllocate::id);
  assert(found != pending_.end() && found->lacks_place);
  PendingAllocate plan = std::move(*found);
  pending_.erase(found);
  if (plan.abandoned) return;
  plan.lacks_place = false;
  if (const auto error = take_places(plan, now.monotonic)) return refuse(plan.exchange, *error);
  open_relays(std::move(plan), now);
}

void Server::open_relays(PendingAllocate plan, const Now& now) {
  pending_.push_back(std::move(plan));
  PendingAllocate& opening = pending_.back();
  for (RelayWant& wanted : opening.wants) {
    if (wanted.state == RelayWant::State::opening) lease_and_open(opening, wanted, now);
  }
  settle(opening, now);
}

// (2) One allocation a 5-tuple; a repetition of the request that made it gets its answer again (RTX-02,
// RTX-07).
bool Server::answer_existing(const Request& request) {
  const auto repeats = [&](const Exchange& exchange) {
    return exchange.transaction == request.exchange.transaction;
  };
  if (const Allocation* existing = request.allocation) {
    const bool same_user = existing->identity.user_id == request.identity->user_id;
    if (existing->transaction == request.exchange.transaction && same_user) {
      send_allocated(request.exchange, *existing, request.now.monotonic);
    } else {
      refuse(request.exchange, ErrorCode::allocation_mismatch);
    }
    return true;
  }
  if (const PendingAllocate* opening = pending(request.exchange.client.tuple)) {
    // The answer to a repetition is on its way.
    if (!repeats(opening->exchange)) refuse(request.exchange, ErrorCode::allocation_mismatch);
    return true;
  }
  return false;
}

// (3) to (9): what is asked for, and whether it can be asked.
std::optional<ErrorCode> Server::plan(const Request& request, PendingAllocate& plan) const {
  const stun::MessageView& message = request.message;
  const auto transport = message.find(Attr::requested_transport);
  const auto protocol = transport ? stun::read_u8_of_4(*transport) : std::nullopt;
  if (!protocol) return ErrorCode::bad_request;
  if (*protocol != kProtocolUdp) return ErrorCode::unsupported_transport;
  if (has_malformed_attribute(message)) return ErrorCode::bad_request;

  const auto lifetime = message.find(Attr::lifetime);
  plan.lifetime_s = granted_lifetime_s(lifetime ? stun::read_u32(*lifetime) : std::nullopt);
  if (is_never_relayed(request.exchange.client.tuple.client.address))
    return ErrorCode::forbidden;  // RFC 8656 21.4

  const bool names_family =
      message.has(Attr::requested_address_family) || message.has(Attr::additional_address_family);
  if (message.has(Attr::reservation_token)) {
    if (names_family || message.has(Attr::even_port)) return ErrorCode::bad_request;
    plan.wants.emplace_back().fixed = true;
    return std::nullopt;
  }
  return plan_families(request, plan);
}

std::optional<ErrorCode> Server::plan_families(const Request& request, PendingAllocate& plan) const {
  const auto requested = family_in(request.message, Attr::requested_address_family);
  const auto additional = family_in(request.message, Attr::additional_address_family);
  const auto even_port = request.message.find(Attr::even_port);
  const bool reserve_next = even_port && *stun::read_even_port(*even_port);
  const Parity parity = !even_port ? Parity::any : reserve_next ? Parity::pair : Parity::even;
  const bool ipv4 = ledger_.has_family(Family::ipv4);
  const bool ipv6 = ledger_.has_family(Family::ipv6);

  if (requested && additional) return ErrorCode::bad_request;
  if (requested && *requested != kFamilyIpv4 && *requested != kFamilyIpv6)
    return ErrorCode::address_family_not_supported;
  if (additional && (reserve_next || *additional != kFamilyIpv6)) return ErrorCode::bad_request;

  if (additional) {
    plan.wants = {want(Family::ipv4, parity, ipv4), want(Family::ipv6, parity, ipv6)};
    return !ipv4 && !ipv6 ? std::optional(ErrorCode::insufficient_capacity) : std::nullopt;
  }
  const Family family = static_cast<Family>(requested.value_or(kFamilyIpv4));
  if (!(family == Family::ipv4 ? ipv4 : ipv6)) return ErrorCode::address_family_not_supported;
  plan.wants = {want(family, parity, true)};
  return std::nullopt;
}

// Whether anything is granted to the user now.
std::optional<ErrorCode> Server::judge_user(const std::string& user_id, TimePoint now) {
  if (draining_) return ErrorCode::insufficient_capacity;
  if (ledger_.is_barred(user_id, now)) return ErrorCode::forbidden;
  return std::nullopt;
}

// (10) A token brings its place in the quota.
std::optional<ErrorCode> Server::redeem(const Request& request, PendingAllocate& plan) {
  const std::string& user = plan.identity.user_id;
  if (const auto error = judge_user(user, request.now.monotonic)) return error;
  ReservationToken token;
  std::ranges::copy(*request.message.find(Attr::reservation_token), token.begin());
  const auto relay = ledger_.redeem_port(token, user, request.now.monotonic);
  if (!relay) return ErrorCode::insufficient_capacity;
  plan.wants.front().relay = *relay;
  plan.wants.front().family = relay->family();
  return std::nullopt;
}

// (10) A place in the quota for the allocation, and one for the port that it reserves.
std::optional<ErrorCode> Server::take_places(const PendingAllocate& plan, TimePoint now) {
  const std::string& user = plan.identity.user_id;
  if (const auto error = judge_user(user, now)) return error;
  const int places = plan.reserves_next() ? 2 : 1;
  for (int taken = 0; taken < places; ++taken) {
    const auto quota = ledger_.take_place(user, now);
    if (quota == Quota::granted) continue;
    while (taken-- > 0) ledger_.give_place_back(user);
    return quota == Quota::user_full ? ErrorCode::allocation_quota_reached : ErrorCode::insufficient_capacity;
  }
  return std::nullopt;
}

void Server::lease_and_open(PendingAllocate& pending, RelayWant& wanted, const Now& now) {
  if (!wanted.fixed) {
    const auto relay = wanted.attempts < kOpenAttemptsMax
                           ? ledger_.lease_port(wanted.family, wanted.parity, random_, now.monotonic)
                           : std::nullopt;
    if (!relay) {
      wanted.state = RelayWant::State::failed;
      return;
    }
    wanted.relay = *relay;
  }
  ++wanted.attempts;
  emit(OpenRelay{pending.id, wanted.relay});
}

void Server::on_relay_opened(relay::AllocationId id, const Endpoint& relay, OpenOutcome outcome,
                             const Now& now) {
  const auto found = std::ranges::find(pending_, id, &PendingAllocate::id);
  assert(found != pending_.end());
  RelayWant& wanted = *std::ranges::find(found->wants, relay, &RelayWant::relay);
  if (outcome == OpenOutcome::opened) {
    wanted.state = RelayWant::State::open;
  } else {
    ledger_.release_port(relay, now.monotonic);
    if (wanted.parity == Parity::pair)
      ledger_.release_port(relay.with_port(static_cast<std::uint16_t>(relay.port + 1)), now.monotonic);
    const bool try_another = outcome == OpenOutcome::in_use && !wanted.fixed && !found->abandoned;
    if (try_another) {
      lease_and_open(*found, wanted, now);
    } else {
      wanted.state = RelayWant::State::failed;
      found->broken |= outcome == OpenOutcome::failed;
    }
  }
  settle(*found, now);
}

// Once every relay is open or has failed: an allocation, or nothing at all (TURN-ALLOC-32).
void Server::settle(PendingAllocate& pending, const Now& now) {
  if (!pending.settled()) return;
  PendingAllocate done = std::move(pending);
  std::erase_if(pending_, [&](const PendingAllocate& other) { return other.id == done.id; });
  if (done.any_open() && !done.abandoned) {
    establish(done, now);
  } else {
    give_up(done, now);
  }
}

void Server::establish(PendingAllocate& pending, const Now& now) {
  Allocation allocation;
  allocation.id = pending.id;
  allocation.client = pending.exchange.client;
  allocation.identity = std::move(pending.identity);
  allocation.transaction = pending.exchange.transaction;
  allocation.meter = ledger_.meter_of(allocation.identity.user_id);
  allocation.started = now.monotonic;
  allocation.heard = now.monotonic;
  const TimePoint expires = now.monotonic + std::chrono::seconds(pending.lifetime_s);
  std::vector<Endpoint> relayed;
  for (const RelayWant& wanted : pending.wants) {
    if (wanted.state == RelayWant::State::open) {
      allocation.halves.push_back({wanted.relay, expires});
      relayed.push_back(options_.external.to_external(wanted.relay));
    } else {
      allocation.missing = MissingHalf{wanted.family, wanted.failure};
    }
  }
  if (pending.reserves_next()) {
    const Endpoint& relay = pending.wants.front().relay;
    allocation.reservation = ledger_.reserve_port(relay.with_port(static_cast<std::uint16_t>(relay.port + 1)),
                                                  allocation.identity.user_id, random_, now.monotonic);
  }
  const Allocation& stored = allocations_.insert(std::move(allocation));
  emit(AllocationStarted{stored.id, stored.client, stored.identity.user_id, std::move(relayed),
                         pending.lifetime_s});
  send_allocated(pending.exchange, stored, now.monotonic);
}

void Server::give_up(PendingAllocate& pending, const Now& now) {
  for (const RelayWant& wanted : pending.wants) {
    if (wanted.state != RelayWant::State::open) continue;
    emit(CloseRelay{wanted.relay});
    ledger_.release_port(wanted.relay, now.monotonic);
    if (wanted.parity == Parity::pair) {
      ledger_.release_port(wanted.relay.with_port(static_cast<std::uint16_t>(wanted.relay.port + 1)),
                           now.monotonic);
    }
  }
  for (int places = pending.reserves_next() ? 2 : 1; places > 0; --places)
    ledger_.give_place_back(pending.identity.user_id);
  if (!pending.abandoned)
    refuse(pending.exchange, pending.broken ? ErrorCode::server_error : ErrorCode::insufficient_capacity);
}

// The lifetime is what remains of it, so a repetition of the request can be answered from the allocation
// alone.
void Server::send_allocated(const Exchange& exchange, const Allocation& allocation, TimePoint now) {
  ResponseBuilder response(exchange, stun::Class::success);
  stun::MessageBuilder& message = response.message();
  TimePoint expires = TimePoint::max();
  for (const RelayHalf& half : allocation.halves) {
    message.add_xor_address(Attr::xor_relayed_address, options_.external.to_external(half.relay));
    expires = std::min(expires, half.expires);
  }
  message.add_u32(Attr::lifetime,
                  static_cast<std::uint32_t>(std::chrono::ceil<std::chrono::seconds>(expires - now).count()));
  message.add_xor_address(Attr::xor_mapped_address, exchange.client.tuple.client);
  if (allocation.reservation) message.add(Attr::reservation_token, *allocation.reservation);
  if (allocation.missing) message.add_address_error(allocation.missing->family, allocation.missing->code);
  respond(exchange.client, response.finish());
}

PendingAllocate* Server::pending(const FiveTuple& tuple) {
  const auto found = std::ranges::find_if(pending_, [&](const PendingAllocate& candidate) {
    return candidate.exchange.client.tuple == tuple && !candidate.abandoned;
  });
  return found == pending_.end() ? nullptr : &*found;
}

}  // namespace turnpike::turn
