// The table of reason phrases.
#include "turnpike/stun/error_code.hpp"

#include <utility>

namespace turnpike::stun {
namespace {

constexpr std::pair<ErrorCode, std::string_view> kPhrases[] = {
    {ErrorCode::try_alternate, "Try Alternate"},
    {ErrorCode::bad_request, "Bad Request"},
    {ErrorCode::unauthenticated, "Unauthenticated"},
    {ErrorCode::forbidden, "Forbidden"},
    {ErrorCode::mobility_forbidden, "Mobility Forbidden"},
    {ErrorCode::unknown_attribute, "Unknown Attribute"},
    {ErrorCode::allocation_mismatch, "Allocation Mismatch"},
    {ErrorCode::stale_nonce, "Stale Nonce"},
    {ErrorCode::address_family_not_supported, "Address Family not Supported"},
    {ErrorCode::wrong_credentials, "Wrong Credentials"},
    {ErrorCode::unsupported_transport, "Unsupported Transport Protocol"},
    {ErrorCode::peer_address_family_mismatch, "Peer Address Family Mismatch"},
    {ErrorCode::connection_already_exists, "Connection Already Exists"},
    {ErrorCode::connection_timeout_or_failure, "Connection Timeout or Failure"},
    {ErrorCode::allocation_quota_reached, "Allocation Quota Reached"},
    {ErrorCode::server_error, "Server Error"},
    {ErrorCode::insufficient_capacity, "Insufficient Capacity"},
};

}  // namespace

std::string_view reason_phrase(ErrorCode code) {
  for (const auto& [known, phrase] : kPhrases) {
    if (known == code) return phrase;
  }
  return "";
}

}  // namespace turnpike::stun
