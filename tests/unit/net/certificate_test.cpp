// Which hosts the names of a certificate cover.
#include "turnpike/net/certificate.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace turnpike::net {
namespace {

TEST(CertificateNames, cover_hosts_as_clients_match_them) {
  const std::vector<std::string> names{"turn.example.org", "*.wild.example.org", "192.0.2.1"};
  for (const char* host : {"turn.example.org", "TURN.example.org", "a.wild.example.org", "192.0.2.1"})
    EXPECT_TRUE(covers(names, host)) << host;
  for (const char* host : {"", "example.org", "a.b.wild.example.org", "wild.example.org", "192.0.2.2"})
    EXPECT_FALSE(covers(names, host)) << host;
}

}  // namespace
}  // namespace turnpike::net
