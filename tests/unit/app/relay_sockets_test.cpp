// The sockets behind relayed addresses: opened, found, closed, and their numbers used again.
#include "turnpike/app/relay_sockets.hpp"

#include <gtest/gtest.h>

#include "support.hpp"

namespace turnpike::app {
namespace {

using turn::OpenOutcome;

TEST(RelaySockets, finds_what_it_has_opened) {
  RelaySockets sockets;
  const Endpoint first = loopback(free_port());
  const Endpoint second = loopback(free_port());
  const auto first_opened = sockets.open(first);
  const auto second_opened = sockets.open(second);
  EXPECT_EQ(first_opened.outcome, OpenOutcome::opened);
  EXPECT_EQ(second_opened.outcome, OpenOutcome::opened);
  EXPECT_NE(first_opened.slot, second_opened.slot);
  ASSERT_NE(sockets.find(first), nullptr);
  EXPECT_EQ(sockets.find(first)->local(), first);
  EXPECT_EQ(sockets.at(second_opened.slot), sockets.find(second));
  EXPECT_EQ(sockets.size(), 2U);
}

TEST(RelaySockets, what_is_closed_is_not_found_and_its_number_serves_again) {
  RelaySockets sockets;
  const Endpoint first = loopback(free_port());
  const Endpoint second = loopback(free_port());
  const auto opened = sockets.open(first);
  sockets.close(first);
  EXPECT_EQ(sockets.find(first), nullptr);
  EXPECT_EQ(sockets.at(opened.slot), nullptr);
  EXPECT_TRUE(net::UdpSocket::open({.local = first}).has_value());
  EXPECT_EQ(sockets.open(second).slot, opened.slot);
  EXPECT_EQ(sockets.at(opened.slot)->local(), second);
  sockets.close(first);
  EXPECT_EQ(sockets.size(), 1U);
}

TEST(RelaySockets, tells_a_port_in_use_from_other_failures) {
  RelaySockets sockets;
  const UdpPort other;
  EXPECT_EQ(sockets.open(other.local()).outcome, OpenOutcome::in_use);
  EXPECT_EQ(sockets.open({IpAddress::v4(192, 0, 2, 1), 50000}).outcome, OpenOutcome::failed);
  EXPECT_EQ(sockets.size(), 0U);
}

TEST(RelaySockets, a_number_that_was_never_given_is_nobody) { EXPECT_EQ(RelaySockets().at(7), nullptr); }

}  // namespace
}  // namespace turnpike::app
