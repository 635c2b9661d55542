// Why a TLS handshake did not come to its end.
#pragma once

#include <boost/system/error_code.hpp>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace turnpike::net {

enum class HandshakeFailure : std::uint8_t {
  nothing_sent,       // the client closed it before its first byte, as who only tries the port
  ended,              // the client closed or reset the connection
  timed_out,          // judged by who owns the connection
  made_room,          // for a newer one, as its owner says
  not_tls,            // the first bytes are no TLS record, HTTP perhaps
  no_shared_version,  // tls.min_version is above what the client has
  no_shared_cipher,
  no_shared_protocol,  // the client offers only such as are not served here (ALPN)
  refused_by_client,   // by an alert: most often it does not trust the certificate
  protocol_error,      // anything else
};
inline constexpr std::size_t kHandshakeFailures = 10;

// As metrics and documentation call it.
std::string_view to_string(HandshakeFailure failure);
// What the error means that ended a connection; none: the client did. Never `nothing_sent`.
HandshakeFailure handshake_failure_of(const boost::system::error_code& error);

// The client speaks HTTP without TLS.
bool is_plain_http(const boost::system::error_code& error);

}  // namespace turnpike::net
