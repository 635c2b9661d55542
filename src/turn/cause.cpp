#include "turnpike/turn/cause.hpp"

#include <array>

namespace turnpike::turn {
namespace {

using stun::ErrorCode;

struct Row {
  Cause cause;
  std::string_view name;
  ErrorCode code;
};

constexpr std::array<Row, kCauses> kRows{{
    {Cause::no_credentials, "no_credentials", ErrorCode::unauthenticated},
    {Cause::incomplete_credentials, "incomplete_credentials", ErrorCode::bad_request},
    {Cause::foreign_nonce, "foreign_nonce", ErrorCode::stale_nonce},
    {Cause::stale_nonce, "stale_nonce", ErrorCode::stale_nonce},
    {Cause::unknown_password_algorithm, "unknown_password_algorithm", ErrorCode::bad_request},
    {Cause::other_realm, "other_realm", ErrorCode::unauthenticated},
    {Cause::unknown_user, "unknown_user", ErrorCode::unauthenticated},
    {Cause::unknown_key, "unknown_key", ErrorCode::unauthenticated},
    {Cause::wrong_integrity, "wrong_integrity", ErrorCode::unauthenticated},
    {Cause::expired, "expired", ErrorCode::unauthenticated},
    {Cause::expiry_too_far, "expiry_too_far", ErrorCode::unauthenticated},
    {Cause::other_user, "other_user", ErrorCode::wrong_credentials},
    {Cause::malformed, "malformed", ErrorCode::bad_request},
    {Cause::unknown_attribute, "unknown_attribute", ErrorCode::unknown_attribute},
    {Cause::no_allocation, "no_allocation", ErrorCode::allocation_mismatch},
    {Cause::allocation_exists, "allocation_exists", ErrorCode::allocation_mismatch},
    {Cause::unsupported_transport, "unsupported_transport", ErrorCode::unsupported_transport},
    {Cause::family_unsupported, "family_unsupported", ErrorCode::address_family_not_supported},
    {Cause::client_disguised, "client_disguised", ErrorCode::forbidden},
    {Cause::unknown_reservation, "unknown_reservation", ErrorCode::insufficient_capacity},
    {Cause::redirected, "redirected", ErrorCode::try_alternate},
    {Cause::draining, "draining", ErrorCode::insufficient_capacity},
    {Cause::barred, "barred", ErrorCode::forbidden},
    {Cause::user_quota, "user_quota", ErrorCode::allocation_quota_reached},
    {Cause::server_quota, "server_quota", ErrorCode::insufficient_capacity},
    {Cause::visitors_full, "visitors_full", ErrorCode::insufficient_capacity},
    {Cause::no_relay_address, "no_relay_address", ErrorCode::insufficient_capacity},
    {Cause::no_free_port, "no_free_port", ErrorCode::insufficient_capacity},
    {Cause::ports_in_use, "ports_in_use", ErrorCode::insufficient_capacity},
    {Cause::relay_not_opened, "relay_not_opened", ErrorCode::server_error},
    {Cause::out_of_descriptors, "out_of_descriptors", ErrorCode::insufficient_capacity},
    {Cause::permissions_full, "permissions_full", ErrorCode::insufficient_capacity},
    {Cause::channels_full, "channels_full", ErrorCode::insufficient_capacity},
    {Cause::peer_family, "peer_family", ErrorCode::peer_address_family_mismatch},
    {Cause::peer_disguised, "peer_disguised", ErrorCode::forbidden},
    {Cause::peer_is_listener, "peer_is_listener", ErrorCode::forbidden},
    {Cause::peer_is_relay, "peer_is_relay", ErrorCode::forbidden},
    {Cause::peer_denied, "peer_denied", ErrorCode::forbidden},
    {Cause::peer_not_allowed, "peer_not_allowed", ErrorCode::forbidden},
    {Cause::peer_is_this_host, "peer_is_this_host", ErrorCode::forbidden},
    {Cause::peer_special_purpose, "peer_special_purpose", ErrorCode::forbidden},
    {Cause::peer_is_no_visitor, "peer_is_no_visitor", ErrorCode::forbidden},
    {Cause::channel_taken, "channel_taken", ErrorCode::bad_request},
}};

constexpr bool stand_in_order() {
  for (std::size_t i = 0; i < kRows.size(); ++i) {
    if (kRows[i].cause != static_cast<Cause>(i)) return false;
  }
  return true;
}
static_assert(stand_in_order());

const Row& row(Cause cause) { return kRows[static_cast<std::size_t>(cause)]; }

}  // namespace

std::string_view to_string(Cause cause) { return row(cause).name; }
stun::ErrorCode code_of(Cause cause) { return row(cause).code; }

}  // namespace turnpike::turn
