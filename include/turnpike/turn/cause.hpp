// Why a request is refused: the one list of causes, each with its name and its error code.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "turnpike/stun/error_code.hpp"

namespace turnpike::turn {

enum class Cause : std::uint8_t {
  // Whose request it is.
  no_credentials,  // the first request of most clients, which asks for realm and nonce
  incomplete_credentials,
  foreign_nonce,  // made by another process, or for another address and port
  stale_nonce,
  unknown_password_algorithm,
  other_realm,
  unknown_user,
  unknown_key,  // the name is one of LiveKit's, made with an API key that is not known here
  wrong_integrity,
  expired,
  expiry_too_far,  // ahead: a name that would hold for ever, or one in milliseconds
  other_user,      // the allocation is another user's

  // What the request says.
  malformed,
  unknown_attribute,
  no_allocation,
  allocation_exists,
  unsupported_transport,
  family_unsupported,
  client_disguised,  // the client's address hides an IPv4 address in an IPv6 one
  unknown_reservation,

  // What the server has left.
  redirected,  // to another server, because this one has enough clients or drains
  draining,
  barred,
  user_quota,
  server_quota,
  visitors_full,     // those who try out the server hold all that there is for them
  no_relay_address,  // of either family
  no_free_port,
  ports_in_use,      // by other programs
  relay_not_opened,  // with the system's error
  out_of_descriptors,
  permissions_full,
  channels_full,

  // Whom the client may not reach, and by which rule.
  peer_family,  // the allocation has no relayed address of the family
  peer_disguised,
  peer_is_listener,
  peer_is_relay,
  peer_denied,
  peer_not_allowed,
  peer_is_this_host,  // an address of this host, and no rule allows it
  peer_special_purpose,
  peer_is_no_visitor,  // whoever tries out the server reaches relays of the like, and nothing else
  channel_taken,       // the number stands for another peer, or the peer has another number
};

inline constexpr std::size_t kCauses = static_cast<std::size_t>(Cause::channel_taken) + 1;

// As logs, metrics and documentation call it.
std::string_view to_string(Cause cause);
stun::ErrorCode code_of(Cause cause);

}  // namespace turnpike::turn
