#include "turnpike/turn/refresh.hpp"

#include <algorithm>

namespace turnpike::turn {

using stun::Attr;

std::optional<Refusal> refresh(Core& core, const Request& request) {
  Allocation& allocation = *request.allocation;
  const auto lifetime = request.message.find(Attr::lifetime);
  const auto asked_s = lifetime ? stun::read_u32(*lifetime) : std::nullopt;
  const auto family_value = request.message.find(Attr::requested_address_family);
  const auto family = family_value ? stun::read_u8_of_4(*family_value) : std::nullopt;
  if ((lifetime && !asked_s) || (family_value && !family)) return Refusal{Cause::malformed};
  if (family && allocation.half(static_cast<Family>(*family)) == nullptr) return Refusal{Cause::peer_family};

  const bool ends = asked_s == 0U;
  const TimePoint now = request.now.monotonic;
  const std::uint32_t granted_s =
      ends ? 0 : std::min(core.options.granted_lifetime_s(asked_s), allocation.life_max_s(now));
  for (RelayHalf& half : allocation.halves) {
    if (!family || half.relay.family() == static_cast<Family>(*family))
      half.expires = std::min(now + std::chrono::seconds(granted_s), allocation.ends);
  }
  ResponseBuilder response(request.exchange, stun::Class::success);
  response.message().add_u32(Attr::lifetime, granted_s);
  auto bytes = response.finish();

  if (!ends) {
    core.live.update(allocation);
  } else if (!family || allocation.halves.size() == 1) {
    core.live.end(allocation.id, EndReason::deleted, now);
  } else {
    core.live.expire(allocation, now);
  }
  core.out.respond(request.exchange.client, std::move(bytes));
  return std::nullopt;
}

}  // namespace turnpike::turn
