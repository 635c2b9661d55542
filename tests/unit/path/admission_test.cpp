// Who may connect, and why somebody may not.
#include "turnpike/path/admission.hpp"

#include <gtest/gtest.h>

#include <set>

#include "shell/support.hpp"
#include "turnpike/path/newcomers.hpp"

namespace turnpike::path {
namespace {

FiveTuple client(Transport transport, std::uint16_t port) {
  return {{IpAddress::v4(192, 0, 2, 1), port}, *ServerEndpoint::parse("192.0.2.9:3478"), transport, {}};
}

TEST(Admission, says_why_a_connection_is_not_admitted) {
  ConnectionLimiter limiter({.per_address = 1});
  Admission admission(limiter, {});
  EXPECT_EQ(admission.enter(client(Transport::tls, 1)).error(), NotAdmitted::no_certificate);
  EXPECT_EQ(*admission.enter(client(Transport::tcp, 1)), nullptr);
  EXPECT_EQ(admission.enter(client(Transport::tcp, 2)).error(), NotAdmitted::address_is_full);
  admission.leave(client(Transport::tcp, 1), true);
  const TemporaryFolder folder;
  const auto tls = std::make_shared<const net::TlsContext>(shell::make_certificate(folder, 1));
  admission.set_tls(tls);
  EXPECT_EQ(*admission.enter(client(Transport::tls, 1)), tls);
}

TEST(Admission, two_connections_of_the_same_client_are_not_one_client) {
  ConnectionLimiter limiter({.per_address = 2});
  Admission one_worker(limiter, {});
  Admission another(limiter, {});
  EXPECT_TRUE(one_worker.enter(client(Transport::tcp, 1)).has_value());
  EXPECT_EQ(one_worker.enter(client(Transport::tcp, 1)).error(), NotAdmitted::client_is_here);
  EXPECT_EQ(another.enter(client(Transport::tcp, 1)).error(), NotAdmitted::client_is_here);
  EXPECT_TRUE(another.enter(client(Transport::tcp, 2)).has_value()) << "whoever is refused holds no place";
  one_worker.leave(client(Transport::tcp, 1), true);
  EXPECT_TRUE(another.enter(client(Transport::tcp, 1)).has_value());
}

TEST(Admission, its_causes_have_names_of_their_own) {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < kNotAdmittedKinds; ++i) names.insert(to_string(static_cast<NotAdmitted>(i)));
  for (std::size_t i = 0; i < kNoHeaderKinds; ++i) names.insert(to_string(static_cast<NoHeader>(i)));
  EXPECT_EQ(names.size(), kNotAdmittedKinds + kNoHeaderKinds);
  EXPECT_EQ(to_string(NotAdmitted::client_is_here), "client_is_here") << "the last one";
  EXPECT_EQ(to_string(NoHeader::made_room), "made_room") << "the last one";
}

TEST(Admission, knows_the_balancers) {
  ConnectionLimiter limiter({});
  const Admission admission(limiter, {*IpPrefix::parse("192.0.2.0/25"), *IpPrefix::parse("2001:db8::1")});
  EXPECT_TRUE(admission.is_balancer(IpAddress::v4(192, 0, 2, 1)));
  EXPECT_TRUE(admission.is_balancer(*IpAddress::parse("2001:db8::1")));
  EXPECT_FALSE(admission.is_balancer(*IpAddress::parse("192.0.2.128")));
}

}  // namespace
}  // namespace turnpike::path
