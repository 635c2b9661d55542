// The reasons why TLS handshakes fail.
#pragma once

#include <boost/system/error_code.hpp>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace turnpike::net {

// The reason why a TLS handshake has failed.
enum class HandshakeFailure : std::uint8_t {
  nothing_sent,       // the client closed the connection before its first byte, as a port scan does
  ended,              // the client closed or reset the connection
  timed_out,          // set by the owner of the connection
  made_room,          // closed for a newer connection; set by the owner
  not_tls,            // the first bytes are no TLS record, but perhaps HTTP
  no_shared_version,  // the client's newest version is below tls.min_version
  no_shared_cipher,
  no_shared_protocol,  // the client offers only ALPN labels that are not served here
  refused_by_client,   // the client sent an alert, most often because it does not trust the certificate
  protocol_error,      // anything else
};
inline constexpr std::size_t kHandshakeFailures = 10;

// Returns the name that metrics and documentation use.
std::string_view to_string(HandshakeFailure failure);
// Returns the cause that belongs to the error that ended a connection; no error means that the client closed
// it (`ended`). Never returns `nothing_sent`, `timed_out` or `made_room`.
HandshakeFailure handshake_failure_of(const boost::system::error_code& error);

// Returns true if the error says that the client speaks HTTP without TLS.
bool is_plain_http(const boost::system::error_code& error);

}  // namespace turnpike::net
