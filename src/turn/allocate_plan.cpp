#include "turnpike/turn/allocate_plan.hpp"

#include <algorithm>

namespace turnpike::turn {
namespace {

using stun::Attr;
using stun::MessageView;

constexpr std::uint8_t kProtocolUdp = 17;
constexpr std::uint8_t kFamilyIpv4 = 1;
constexpr std::uint8_t kFamilyIpv6 = 2;

// An attribute that is there must have its size (RFC 8489 14, which leaves the code to us).
template <class Read>
bool malformed(const MessageView& message, Attr type, Read read) {
  const auto value = message.find(type);
  return value && !read(*value);
}

bool has_malformed_attribute(const MessageView& message) {
  const auto is_empty = [](Bytes value) { return value.empty(); };
  const auto is_token = [](Bytes value) { return value.size() == ReservationToken{}.size(); };
  return malformed(message, Attr::lifetime, stun::read_u32) ||
         malformed(message, Attr::even_port, stun::read_even_port) ||
         malformed(message, Attr::requested_address_family, stun::read_u8_of_4) ||
         malformed(message, Attr::additional_address_family, stun::read_u8_of_4) ||
         malformed(message, Attr::dont_fragment, is_empty) ||
         malformed(message, Attr::reservation_token, is_token);
}

std::optional<std::uint8_t> family_in(const MessageView& message, Attr type) {
  const auto value = message.find(type);
  return value ? stun::read_u8_of_4(*value) : std::nullopt;
}

Parity parity_in(const MessageView& message) {
  const auto even_port = message.find(Attr::even_port);
  if (!even_port) return Parity::any;
  return *stun::read_even_port(*even_port) ? Parity::pair : Parity::even;
}

Refusal refused(Cause cause) { return {.cause = cause}; }

RelayWant want(Family family, Parity parity, Families families) {
  RelayWant made{.family = family, .parity = parity};
  if (!families.has(family)) made.fail(refused(Cause::family_unsupported));
  return made;
}

Result<std::vector<RelayWant>, Refusal> plan_relays(const MessageView& message, const ServerOptions& options,
                                                    Families families) {
  const auto requested = family_in(message, Attr::requested_address_family);
  const auto additional = family_in(message, Attr::additional_address_family);
  const Parity parity = parity_in(message);

  if (requested && additional) return refused(Cause::malformed);
  if (requested && *requested != kFamilyIpv4 && *requested != kFamilyIpv6)
    return refused(Cause::family_unsupported);
  if (additional && (parity == Parity::pair || *additional != kFamilyIpv6)) return refused(Cause::malformed);

  if (additional) {
    if (!families.ipv4 && !families.ipv6) return refused(Cause::no_relay_address);
    return std::vector{want(Family::ipv4, parity, families), want(Family::ipv6, parity, families)};
  }
  const Family family =
      requested ? static_cast<Family>(*requested) : options.default_family.value_or(families.first());
  if (!families.has(family)) return refused(Cause::family_unsupported);
  return std::vector{want(family, parity, families)};
}

}  // namespace

// The order of checks is that of steps 3 to 9 of RFC 8656 7.2.
Result<AllocatePlan, Refusal> plan_allocate(const Request& request, const ServerOptions& options,
                                            Families families) {
  const MessageView& message = request.message;
  const auto transport = message.find(Attr::requested_transport);
  const auto protocol = transport ? stun::read_u8_of_4(*transport) : std::nullopt;
  if (!protocol) return refused(Cause::malformed);
  if (*protocol != kProtocolUdp) return refused(Cause::unsupported_transport);
  if (has_malformed_attribute(message)) return refused(Cause::malformed);
  if (is_never_relayed(request.exchange.client.tuple.client.address))
    return refused(Cause::client_disguised);  // RFC 8656 21.4

  AllocatePlan plan;
  const auto lifetime = message.find(Attr::lifetime);
  plan.lifetime_s = options.granted_lifetime_s(lifetime ? stun::read_u32(*lifetime) : std::nullopt);
  if (const auto token = message.find(Attr::reservation_token)) {
    const bool names_family =
        message.has(Attr::requested_address_family) || message.has(Attr::additional_address_family);
    if (names_family || message.has(Attr::even_port)) return refused(Cause::malformed);
    std::ranges::copy(*token, plan.token.emplace().begin());
    plan.wants.emplace_back();
    return plan;
  }
  auto wants = plan_relays(message, options, families);
  if (!wants) return wants.error();
  plan.wants = std::move(*wants);
  return plan;
}

}  // namespace turnpike::turn
