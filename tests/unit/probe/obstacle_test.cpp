// Errors of sockets and TLS, and silence, in words that say what to look for.
#include "turnpike/probe/obstacle.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>

namespace turnpike::probe {
namespace {

namespace errors = boost::asio::error;
using boost::system::error_code;
using testing::AllOf;
using testing::HasSubstr;

const Endpoint kServer{IpAddress::v4(192, 0, 2, 1), 3478};

error_code tls_error(int reason) {
  return {static_cast<int>(ERR_PACK(ERR_LIB_SSL, 0, reason)), errors::get_ssl_category()};
}

TEST(Obstacle, is_told_with_protocol_and_address) {
  const struct {
    Transport transport;
    Stage stage;
    error_code error;
    const char* expected;
  } table[] = {
      {Transport::udp, Stage::open, errors::connection_refused, "nothing listens at UDP 192.0.2.1:3478"},
      {Transport::tcp, Stage::connecting, errors::connection_refused,
       "nothing listens at TCP 192.0.2.1:3478"},
      {Transport::tls, Stage::connecting, errors::timed_out, "TCP 192.0.2.1:3478 does not answer"},
      {Transport::udp, Stage::connecting, errors::network_unreachable, "no way to UDP 192.0.2.1:3478"},
      {Transport::tls, Stage::handshake, tls_error(SSL_R_WRONG_VERSION_NUMBER), "does not speak TLS"},
      {Transport::tls, Stage::handshake, boost::asio::ssl::error::stream_truncated, "PROXY header"},
      {Transport::tls, Stage::handshake, tls_error(SSL_R_NO_SHARED_CIPHER), "TCP 192.0.2.1:3478: "},
      {Transport::tcp, Stage::open, errors::eof, "the server closed TCP 192.0.2.1:3478"},
  };
  for (const auto& row : table)
    EXPECT_THAT(obstacle(row.transport, kServer, row.stage, row.error), HasSubstr(row.expected));
}

TEST(Silence, is_told_by_how_far_the_connection_came) {
  EXPECT_THAT(silence(Transport::udp, kServer, Stage::open), AllOf(HasSubstr("UDP"), HasSubstr("firewall")));
  EXPECT_THAT(silence(Transport::tcp, kServer, Stage::connecting),
              AllOf(HasSubstr("TCP"), HasSubstr("firewall")));
  EXPECT_THAT(silence(Transport::tls, kServer, Stage::handshake), HasSubstr("no TLS handshake"));
  EXPECT_THAT(silence(Transport::tcp, kServer, Stage::open), HasSubstr("no STUN or TURN server"));
}

TEST(CertificateHint, says_what_to_look_for) {
  EXPECT_THAT(certificate_hint(X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT), HasSubstr("--ca"));
  EXPECT_THAT(certificate_hint(X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY), HasSubstr("chain"));
  EXPECT_THAT(certificate_hint(X509_V_ERR_HOSTNAME_MISMATCH), HasSubstr("name"));
  EXPECT_EQ(certificate_hint(X509_V_ERR_CERT_HAS_EXPIRED), "");
}

}  // namespace
}  // namespace turnpike::probe
