// What is refused when certificates are loaded.
#include "turnpike/net/tls_context.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <fstream>
#include <stdexcept>

#include "tls_helpers.hpp"
#include "turnpike/net/tls_files.hpp"

namespace turnpike::net {
namespace {

TEST(TlsContext, loads_rsa_and_elliptic_certificates) {
  EXPECT_NO_THROW(TlsContext{Certificates::get().rsa()});
  EXPECT_NO_THROW(TlsContext{Certificates::get().ec()});
}

TEST(TlsContext, tells_when_its_certificate_ends) {
  const TlsFiles files = Certificates::get().rsa();
  const auto report = examine(files, 0);
  EXPECT_EQ(TlsContext(files).certificate_expires_unix_s(), report.expires_unix_s);
}

TEST(TlsContext, says_in_one_line_which_file_is_wrong) {
  const auto& files = Certificates::get();
  std::ofstream(files.path("empty.pem")).flush();
  const auto good = files.rsa();
  const struct {
    const char* name;
    TlsFiles given;
    std::string message;
  } table[] = {
      {"no certificate",
       {"/nowhere/cert.pem", good.key},
       "TLS certificate /nowhere/cert.pem: No such file or directory"},
      {"no key",
       {good.certificate, "/nowhere/key.pem"},
       "TLS key /nowhere/key.pem: No such file or directory"},
      {"an empty file",
       {files.path("empty.pem"), good.key},
       "TLS certificate " + files.path("empty.pem") + ": no start line"},
      {"a key for a certificate", {good.key, good.key}, "TLS certificate " + good.key + ": no start line"},
      {"a key of another kind",
       {good.certificate, files.ec().key},
       "TLS key " + files.ec().key + ": not that of " + good.certificate},
      {"the key of another",
       {files.ec().certificate, files.path("ec2.key")},
       "TLS key " + files.path("ec2.key") + ": key values mismatch"},
      {"a key with a password",
       {good.certificate, files.path("rsa.locked.key")},
       "TLS key " + files.path("rsa.locked.key") + ": bad decrypt"},
      {"TLS 1.1", {good.certificate, good.key, "1.1"}, "TLS version \"1.1\": neither 1.2 nor 1.3"},
  };
  for (const auto& row : table) {
    try {
      const TlsContext context(row.given);
      ADD_FAILURE() << row.name << " was accepted";
    } catch (const std::runtime_error& error) {
      EXPECT_EQ(error.what(), row.message) << row.name;
    }
  }
}

TEST(TlsContext, a_write_to_a_connection_that_is_gone_does_not_kill_the_process) {
  std::signal(SIGPIPE, SIG_DFL);
  const TlsContext context(Certificates::get().ec());
  EXPECT_EQ(std::signal(SIGPIPE, SIG_IGN), SIG_IGN);
}

}  // namespace
}  // namespace turnpike::net
