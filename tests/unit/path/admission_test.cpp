// Who may connect, and why somebody may not.
#include "turnpike/path/admission.hpp"

#include <gtest/gtest.h>

#include <set>

#include "shell/support.hpp"
#include "turnpike/path/newcomers.hpp"

namespace turnpike::path {
namespace {

const IpAddress kAlice = IpAddress::v4(192, 0, 2, 1);

TEST(Admission, says_why_a_connection_is_not_admitted) {
  ConnectionLimiter limiter({.per_address = 1});
  Admission admission(limiter, {});
  EXPECT_EQ(admission.enter(kAlice, Transport::tls).error(), NotAdmitted::no_certificate);
  EXPECT_EQ(*admission.enter(kAlice, Transport::tcp), nullptr);
  EXPECT_EQ(admission.enter(kAlice, Transport::tcp).error(), NotAdmitted::address_is_full);
  admission.leave(kAlice, true);
  const TemporaryFolder folder;
  const auto tls = std::make_shared<const net::TlsContext>(shell::make_certificate(folder, 1));
  admission.set_tls(tls);
  EXPECT_EQ(*admission.enter(kAlice, Transport::tls), tls);
}

TEST(Admission, its_causes_have_names_of_their_own) {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < kNotAdmittedKinds; ++i) names.insert(to_string(static_cast<NotAdmitted>(i)));
  for (std::size_t i = 0; i < kNoHeaderKinds; ++i) names.insert(to_string(static_cast<NoHeader>(i)));
  EXPECT_EQ(names.size(), kNotAdmittedKinds + kNoHeaderKinds);
  EXPECT_EQ(to_string(NotAdmitted::not_watched), "not_watched") << "the last one";
  EXPECT_EQ(to_string(NoHeader::made_room), "made_room") << "the last one";
}

TEST(Admission, knows_the_balancers) {
  ConnectionLimiter limiter({});
  const Admission admission(limiter, {*IpPrefix::parse("192.0.2.0/25"), *IpPrefix::parse("2001:db8::1")});
  EXPECT_TRUE(admission.is_balancer(kAlice));
  EXPECT_TRUE(admission.is_balancer(*IpAddress::parse("2001:db8::1")));
  EXPECT_FALSE(admission.is_balancer(*IpAddress::parse("192.0.2.128")));
}

}  // namespace
}  // namespace turnpike::path
