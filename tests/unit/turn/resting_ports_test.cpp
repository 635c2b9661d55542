// Ports that rest: in which order, whose they were, and for how long.
#include "turnpike/turn/resting_ports.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace turnpike::turn {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const TimePoint kStart{seconds(1000)};
const auto kNoneIsFree = [](const RelayEndpoint&) { return false; };
const auto kAllAreHere = [](const IpAddress&) { return true; };

RelayEndpoint v4(std::uint16_t port) { return {IpAddress::v4(203, 0, 113, 1), port}; }
RelayEndpoint v6(std::uint16_t port) { return {IpAddress::parse("2001:db8::1").value(), port}; }

TEST(RestingPorts, rest_for_the_quiet_time_TURN_GEN_08) {
  RestingPorts ports(seconds(30));
  ports.add(v4(1), "a", kStart);
  ports.add(v6(2), "a", kStart + seconds(1));
  EXPECT_THAT(ports.take_rested(kStart + seconds(30) - Duration(1)), IsEmpty());
  EXPECT_THAT(ports.take_rested(kStart + seconds(30)), ElementsAre(v4(1)));
  EXPECT_THAT(ports.take_rested(kStart + seconds(31)), ElementsAre(v6(2)));
  EXPECT_EQ(ports.size(), 0U);
  EXPECT_FALSE(ports.longest_of("a", Family::ipv6, Parity::any, kAllAreHere));
}

TEST(RestingPorts, the_longest_rested_is_told_by_family_and_parity_of_one_owner_or_of_all) {
  RestingPorts ports(seconds(30));
  for (const auto& [relay, owner] :
       {std::pair{v6(7), "b"}, {v4(5), ""}, {v4(3), "a"}, {v4(8), "b"}, {v4(2), "a"}, {v6(4), "a"}})
    ports.add(relay, owner, kStart);
  EXPECT_EQ(ports.longest(Family::ipv4, Parity::any, kAllAreHere, kNoneIsFree), v4(5));
  EXPECT_EQ(ports.longest(Family::ipv4, Parity::even, kAllAreHere, kNoneIsFree), v4(8));
  EXPECT_EQ(ports.longest(Family::ipv6, Parity::any, kAllAreHere, kNoneIsFree), v6(7));
  EXPECT_EQ(ports.longest_of("a", Family::ipv4, Parity::any, kAllAreHere), v4(3));
  EXPECT_EQ(ports.longest_of("a", Family::ipv4, Parity::even, kAllAreHere), v4(2));
  EXPECT_EQ(ports.longest_of("a", Family::ipv6, Parity::any, kAllAreHere), v6(4));
  EXPECT_FALSE(ports.longest_of("", Family::ipv4, Parity::any, kAllAreHere));
  EXPECT_TRUE(ports.take(v4(3)));
  EXPECT_FALSE(ports.take(v4(3)));
  EXPECT_EQ(ports.longest_of("a", Family::ipv4, Parity::any, kAllAreHere), v4(2));
  EXPECT_EQ(ports.size(), 5U);
}

TEST(RestingPorts, of_an_address_that_is_not_here_none_is_told) {
  RestingPorts ports(seconds(30));
  const RelayEndpoint gone{IpAddress::v4(203, 0, 113, 9), 10};
  for (const RelayEndpoint& relay : {gone, partner_of(gone), v4(10), v4(11)}) ports.add(relay, "a", kStart);
  const auto is_here = [&](const IpAddress& address) { return address != gone.address; };
  for (const Parity parity : {Parity::any, Parity::even, Parity::pair}) {
    EXPECT_EQ(ports.longest(Family::ipv4, parity, is_here, kNoneIsFree), v4(10));
    EXPECT_EQ(ports.longest_of("a", Family::ipv4, parity, is_here), v4(10));
  }
}

TEST(RestingPorts, of_pairs_the_one_whose_later_port_has_rested_longest) {
  RestingPorts ports(seconds(30));
  for (const std::uint16_t port : {10, 21, 20, 11}) ports.add(v4(port), "a", kStart);
  EXPECT_EQ(ports.longest(Family::ipv4, Parity::pair, kAllAreHere, kNoneIsFree), v4(20));
  EXPECT_EQ(ports.longest(Family::ipv4, Parity::pair, kAllAreHere,
                          [](const RelayEndpoint& relay) { return relay == v4(11); }),
            v4(10));
  ports.add(v4(31), "a", kStart);
  for (const std::uint16_t port : {10, 20}) ports.take(v4(port));
  EXPECT_FALSE(ports.longest(Family::ipv4, Parity::pair, kAllAreHere, kNoneIsFree));
  EXPECT_EQ(ports.longest(Family::ipv4, Parity::pair, kAllAreHere,
                          [](const RelayEndpoint& relay) { return relay == v4(30); }),
            v4(30))
      << "the even one is free";
}

TEST(RestingPorts, the_pair_of_an_owner_is_theirs_alone) {
  RestingPorts ports(seconds(30));
  for (const std::uint16_t port : {10, 12, 20}) ports.add(v4(port), "a", kStart);
  ports.add(v4(11), "b", kStart);
  EXPECT_FALSE(ports.longest_of("a", Family::ipv4, Parity::pair, kAllAreHere));
  ports.add(v4(21), "a", kStart);
  EXPECT_EQ(ports.longest_of("a", Family::ipv4, Parity::pair, kAllAreHere), v4(20));
}

}  // namespace
}  // namespace turnpike::turn
