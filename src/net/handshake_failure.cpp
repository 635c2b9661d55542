#include "turnpike/net/handshake_failure.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <array>

#include "turnpike/net/tls_error.hpp"

namespace turnpike::net {
namespace {

constexpr std::array<std::string_view, kHandshakeFailures> kNames = {
    "nothing_sent",      "ended",
    "timed_out",         "made_room",
    "not_tls",           "no_shared_version",
    "no_shared_cipher",  "no_shared_protocol",
    "refused_by_client", "protocol_error"};

struct Meaning {
  int reason;
  HandshakeFailure failure;
};
constexpr Meaning kMeanings[] = {
    {SSL_R_WRONG_VERSION_NUMBER, HandshakeFailure::not_tls},
    {SSL_R_HTTP_REQUEST, HandshakeFailure::not_tls},
    {SSL_R_HTTPS_PROXY_REQUEST, HandshakeFailure::not_tls},
    {SSL_R_UNSUPPORTED_PROTOCOL, HandshakeFailure::no_shared_version},
    {SSL_R_VERSION_TOO_LOW, HandshakeFailure::no_shared_version},
    {SSL_R_NO_SHARED_CIPHER, HandshakeFailure::no_shared_cipher},
    {SSL_R_NO_APPLICATION_PROTOCOL, HandshakeFailure::no_shared_protocol},
};

// 0: it is no error of TLS.
int reason_of(const boost::system::error_code& error) {
  if (error.category() != tls_category()) return 0;
  return ERR_GET_REASON(static_cast<unsigned long>(error.value()));
}

}  // namespace

std::string_view to_string(HandshakeFailure failure) { return kNames[static_cast<std::size_t>(failure)]; }

bool is_plain_http(const boost::system::error_code& error) {
  return reason_of(error) == SSL_R_HTTP_REQUEST || reason_of(error) == SSL_R_HTTPS_PROXY_REQUEST;
}

HandshakeFailure handshake_failure_of(const boost::system::error_code& error) {
  const int reason = reason_of(error);
  if (reason == 0) return HandshakeFailure::ended;
  for (const Meaning& meaning : kMeanings) {
    if (meaning.reason == reason) return meaning.failure;
  }
  return reason > SSL_AD_REASON_OFFSET ? HandshakeFailure::refused_by_client
                                       : HandshakeFailure::protocol_error;
}

}  // namespace turnpike::net
