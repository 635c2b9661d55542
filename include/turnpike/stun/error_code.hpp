// Error codes and their reason phrases (RFC 8489 14.8, RFC 8656 19, RFC 6062 6.3, RFC 8016 4).
#pragma once

#include <cstdint>
#include <string_view>

namespace turnpike::stun {

enum class ErrorCode : std::uint16_t {
  try_alternate = 300,
  bad_request = 400,
  unauthenticated = 401,
  forbidden = 403,
  mobility_forbidden = 405,
  unknown_attribute = 420,
  allocation_mismatch = 437,
  stale_nonce = 438,
  address_family_not_supported = 440,
  wrong_credentials = 441,
  unsupported_transport = 442,
  peer_address_family_mismatch = 443,
  connection_already_exists = 446,
  connection_timeout_or_failure = 447,
  allocation_quota_reached = 486,
  server_error = 500,
  insufficient_capacity = 508,
};

// Returns the reason phrase of the code in its RFC, or "" for an unknown code.
std::string_view reason_phrase(ErrorCode code);

}  // namespace turnpike::stun
