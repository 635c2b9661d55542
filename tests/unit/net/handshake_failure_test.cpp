// What OpenSSL's errors mean, and what they are called.
#include "turnpike/net/handshake_failure.hpp"

#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <set>

#include "turnpike/net/tls_error.hpp"

namespace turnpike::net {
namespace {

TEST(HandshakeFailure, is_told_by_the_error_of_openssl) {
  const struct {
    int reason;
    HandshakeFailure failure;
  } table[] = {
      {SSL_R_HTTP_REQUEST, HandshakeFailure::not_tls},
      {SSL_R_WRONG_VERSION_NUMBER, HandshakeFailure::not_tls},
      {SSL_R_UNSUPPORTED_PROTOCOL, HandshakeFailure::no_shared_version},
      {SSL_R_NO_SHARED_CIPHER, HandshakeFailure::no_shared_cipher},
      {SSL_R_NO_APPLICATION_PROTOCOL, HandshakeFailure::no_shared_protocol},
      {SSL_R_TLSV1_ALERT_UNKNOWN_CA, HandshakeFailure::refused_by_client},
      {SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN, HandshakeFailure::refused_by_client},
      {SSL_R_BAD_EXTENSION, HandshakeFailure::protocol_error},
  };
  for (const auto& row : table)
    EXPECT_EQ(handshake_failure_of(tls_error(ERR_PACK(ERR_LIB_SSL, 0, row.reason))), row.failure)
        << row.reason;
  EXPECT_EQ(handshake_failure_of({}), HandshakeFailure::ended);
  const auto reset = make_error_code(boost::system::errc::connection_reset);
  EXPECT_EQ(handshake_failure_of(reset), HandshakeFailure::ended);
}

TEST(HandshakeFailure, has_a_name_of_its_own) {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < kHandshakeFailures; ++i)
    names.insert(to_string(static_cast<HandshakeFailure>(i)));
  EXPECT_EQ(names.size(), kHandshakeFailures);
  EXPECT_EQ(to_string(HandshakeFailure::protocol_error), "protocol_error") << "the last one";
}

}  // namespace
}  // namespace turnpike::net
