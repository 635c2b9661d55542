// Refresh (RFC 8656 8.2): prolong, shorten or end an allocation, or one half of a dual one.
#include "turnpike/turn/server.hpp"

namespace turnpike::turn {

using stun::Attr;
using stun::ErrorCode;

void Server::on_refresh(Request& request) {
  if (!require_allocation(request)) return;
  Allocation& allocation = *request.allocation;

  const auto lifetime = request.message.find(Attr::lifetime);
  const auto asked_s = lifetime ? stun::read_u32(*lifetime) : std::nullopt;
  const auto family_value = request.message.find(Attr::requested_address_family);
  const auto family = family_value ? stun::read_u8_of_4(*family_value) : std::nullopt;
  if ((lifetime && !asked_s) || (family_value && !family))
    return refuse(request.exchange, ErrorCode::bad_request);
  if (family && allocation.half(static_cast<Family>(*family)) == nullptr) {
    return refuse(request.exchange, ErrorCode::peer_address_family_mismatch);
  }

  const bool ends = asked_s == 0U;
  const std::uint32_t granted_s = ends ? 0 : granted_lifetime_s(asked_s);
  const TimePoint expires = request.now.monotonic + std::chrono::seconds(granted_s);
  for (RelayHalf& half : allocation.halves) {
    if (!family || half.relay.family() == static_cast<Family>(*family)) half.expires = expires;
  }
  ResponseBuilder response(request.exchange, stun::Class::success);
  response.message().add_u32(Attr::lifetime, granted_s);
  auto bytes = response.finish();

  if (ends) {
    const bool ends_all = !family || allocation.halves.size() == 1;
    ends_all ? end_allocation(allocation.id, EndReason::deleted, request.now.monotonic)
             : expire_parts(allocation, request.now.monotonic);
  } else {
    publish_changed(allocation);
    allocations_.reschedule(allocation);
  }
  respond(request.exchange.client, std::move(bytes));
}

}  // namespace turnpike::turn
