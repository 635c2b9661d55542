// What OpenSSL's errors are as error codes.
#include "turnpike/net/tls_error.hpp"

#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <cerrno>

namespace turnpike::net {
namespace {

TEST(TlsError, says_the_reason_of_openssl) {
  OPENSSL_init_ssl(OPENSSL_INIT_LOAD_SSL_STRINGS, nullptr);  // as the first context does
  const auto error = tls_error(ERR_PACK(ERR_LIB_SSL, 0, SSL_R_NO_SHARED_CIPHER));
  EXPECT_EQ(error.category(), tls_category());
  EXPECT_EQ(error.message(), "no shared cipher (SSL routines)");
}

TEST(TlsError, what_the_system_has_refused_stays_an_error_of_the_system) {
  EXPECT_EQ(tls_error(ERR_SYSTEM_FLAG | ECONNRESET), boost::system::errc::connection_reset);
}

TEST(TlsError, none_is_none) { EXPECT_FALSE(tls_error(0)); }

}  // namespace
}  // namespace turnpike::net
