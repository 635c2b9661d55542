// Who may connect, and why somebody may not.
#include "turnpike/path/admission.hpp"

#include <gtest/gtest.h>

#include "shell/support.hpp"

namespace turnpike::path {
namespace {

const IpAddress kAlice = IpAddress::v4(192, 0, 2, 1);

TEST(Admission, says_why_a_connection_is_not_admitted) {
  ConnectionLimiter limiter(1);
  Admission admission(limiter, {});
  EXPECT_EQ(admission.enter(kAlice, Transport::tls).error(), NotAdmitted::no_certificate);
  EXPECT_EQ(*admission.enter(kAlice, Transport::tcp), nullptr);
  EXPECT_EQ(admission.enter(kAlice, Transport::tcp).error(), NotAdmitted::address_is_full);
  admission.leave(kAlice);
  const TemporaryFolder folder;
  const auto tls = std::make_shared<const net::TlsContext>(shell::make_certificate(folder, 1));
  admission.set_tls(tls);
  EXPECT_EQ(*admission.enter(kAlice, Transport::tls), tls);
}

TEST(Admission, knows_the_balancers) {
  ConnectionLimiter limiter(0);
  const Admission admission(limiter, {*IpPrefix::parse("192.0.2.0/25"), *IpPrefix::parse("2001:db8::1")});
  EXPECT_TRUE(admission.is_balancer(kAlice));
  EXPECT_TRUE(admission.is_balancer(*IpAddress::parse("2001:db8::1")));
  EXPECT_FALSE(admission.is_balancer(*IpAddress::parse("192.0.2.128")));
}

}  // namespace
}  // namespace turnpike::path
