// Why a TLS handshake did not come to its end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace turnpike::net {

enum class HandshakeFailure : std::uint8_t {
  ended,              // the client closed or reset the connection
  timed_out,          // judged by who owns the connection
  not_tls,            // the first bytes are no TLS record, HTTP perhaps
  no_shared_version,  // tls.min_version is above what the client has
  no_shared_cipher,
  refused_by_client,  // by an alert: most often it does not trust the certificate
  protocol_error,     // anything else
};
inline constexpr std::size_t kHandshakeFailures = 7;

// As metrics and documentation call it.
std::string_view to_string(HandshakeFailure failure);
// What OpenSSL's oldest error in the queue of this thread means.
HandshakeFailure handshake_failure_of(unsigned long error);

}  // namespace turnpike::net
