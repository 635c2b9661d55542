// Why a request is refused: the one list of causes, each with its name and its error code.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "turnpike/stun/error_code.hpp"

namespace turnpike::turn {

// Names why a request is refused. Values may change between versions; names in to_string() do not.
enum class Cause : std::uint8_t {
  // Whose request it is.
  no_credentials,  // the first request of most clients, which asks for realm and nonce
  incomplete_credentials,
  foreign_nonce,  // the nonce was made by another process, or for another address and port
  stale_nonce,
  unknown_password_algorithm,
  other_realm,
  unknown_user,
  unknown_key,  // the name was made with an API key of LiveKit that is not configured here
  wrong_integrity,
  expired,
  expiry_too_far,  // the expiry lies too far ahead: a name without end, or one in milliseconds
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
  redirected,  // sent to another server, because this one has enough clients or drains
  draining,
  barred,
  user_quota,
  server_quota,
  visitors_full,     // visitors hold all places that visitors may have
  no_relay_address,  // the host has no relay address of any family
  no_free_port,
  ports_in_use,      // every port that was tried is held by another program
  relay_not_opened,  // the system refused to open the socket; see Refusal::error
  out_of_descriptors,
  permissions_full,
  channels_full,

  // Whom the client may not reach, and by which rule.
  peer_family,           // the allocation has no relayed address of the peer's family
  peer_disguised,        // the peer's address hides an IPv4 address in an IPv6 one
  peer_is_listener,      // an address and port that this server itself listens on
  peer_is_relay,         // a live relay of this server, while only allowed peers are reachable
  peer_denied,           // `peers.deny` names the peer
  peer_not_allowed,      // `peers.allow` does not name the peer, and only allowed peers are reachable
  peer_is_this_host,     // an address of this host that no rule allows
  peer_special_purpose,  // private, loopback, multicast or the like, and no rule allows it
  peer_is_no_visitor,    // a visitor may reach relays of other visitors only
  channel_taken,         // the number stands for another peer, or the peer has another number
};

inline constexpr std::size_t kCauses = static_cast<std::size_t>(Cause::channel_taken) + 1;

// Returns the name that logs, metrics and documentation use.
std::string_view to_string(Cause cause);
// Returns the STUN error code of the response.
stun::ErrorCode code_of(Cause cause);

}  // namespace turnpike::turn
