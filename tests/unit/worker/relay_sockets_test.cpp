// The sockets behind relayed addresses: opened, found, closed, and served in turn.
#include "turnpike/worker/relay_sockets.hpp"

#include <gtest/gtest.h>

#include <set>

#include "shell/support.hpp"

namespace turnpike::worker {
namespace {

using namespace shell;

using boost::system::errc::address_in_use;
using boost::system::errc::address_not_available;

TEST(RelaySockets, finds_what_it_has_opened) {
  ReservedSockets reserved;
  RelaySockets sockets(false, reserved);
  const RelayEndpoint first(loopback(free_port()));
  const RelayEndpoint second(loopback(free_port()));
  EXPECT_FALSE(sockets.open(first));
  EXPECT_FALSE(sockets.open(second));
  EXPECT_NE(sockets.number_of(first), sockets.number_of(second));
  ASSERT_NE(sockets.at(sockets.number_of(first)), nullptr);
  EXPECT_EQ(sockets.at(sockets.number_of(first))->local(), first.plain());
  EXPECT_EQ(sockets.at(sockets.number_of(second))->local(), second.plain());
  EXPECT_EQ(sockets.size(), 2U);
}

TEST(RelaySockets, what_is_closed_is_not_found_and_its_number_serves_again) {
  ReservedSockets reserved;
  RelaySockets sockets(false, reserved);
  const RelayEndpoint first(loopback(free_port()));
  const RelayEndpoint second(loopback(free_port()));
  EXPECT_FALSE(sockets.open(first));
  const std::uint32_t number = sockets.number_of(first);
  sockets.close(first);
  EXPECT_EQ(sockets.number_of(first), RelaySockets::kNobody);
  EXPECT_EQ(sockets.at(number), nullptr);
  EXPECT_TRUE(net::UdpSocket::open({.local = first.plain()}).has_value());
  EXPECT_FALSE(sockets.open(second));
  EXPECT_EQ(sockets.number_of(second), number);
  EXPECT_EQ(sockets.at(number)->local(), second.plain());
  sockets.close(first);
  EXPECT_EQ(sockets.size(), 1U);
}

TEST(RelaySockets, tells_a_port_in_use_from_other_failures) {
  ReservedSockets reserved;
  RelaySockets sockets(false, reserved);
  const UdpPort other;
  EXPECT_EQ(sockets.open(RelayEndpoint(other.local())), address_in_use);
  EXPECT_EQ(sockets.open({IpAddress::v4(192, 0, 2, 1), 50000}), address_not_available);
  EXPECT_EQ(sockets.size(), 0U);
}

TEST(RelaySockets, a_number_that_was_never_given_is_nobody) {
  ReservedSockets reserved;
  const RelaySockets sockets(false, reserved);
  EXPECT_EQ(sockets.at(7), nullptr);
  EXPECT_EQ(sockets.at(RelaySockets::kNobody), nullptr);
}

TEST(RelaySockets, what_was_closed_since_it_was_ready_is_nobody) {
  ReservedSockets reserved;
  RelaySockets sockets(false, reserved);
  UdpPort peer;
  const RelayEndpoint relay(loopback(free_port()));
  EXPECT_FALSE(sockets.open(relay));
  peer.send("x", relay.plain());
  sockets.poll();
  sockets.close(relay);
  const auto ready = sockets.next_ready();
  ASSERT_TRUE(ready);
  EXPECT_EQ(sockets.at(ready->number), nullptr);
  EXPECT_FALSE(sockets.next_ready());
  sockets.poll();
  EXPECT_FALSE(sockets.next_ready());
}

TEST(RelaySockets, what_one_reserves_another_takes_with_what_has_come_to_it) {
  ReservedSockets reserved;
  RelaySockets first(false, reserved);
  RelaySockets second(false, reserved);
  UdpPort peer;
  const RelayEndpoint relay(loopback(free_port()));
  EXPECT_FALSE(first.reserve(relay));
  EXPECT_EQ(first.reserve(relay), address_in_use) << "it is bound from the start";
  EXPECT_EQ(first.number_of(relay), RelaySockets::kNobody);
  peer.send("x", relay.plain());
  EXPECT_FALSE(second.open(relay));
  second.poll();
  const auto ready = second.next_ready();
  ASSERT_TRUE(ready);
  EXPECT_EQ(ready->number, second.number_of(relay));
  EXPECT_EQ(reserved.size(), 0U);
}

// However few a turn serves, and though all stay ready, nobody comes twice before each has come once.
TEST(RelaySockets, take_turns) {
  constexpr std::uint16_t kSockets = 150;
  constexpr std::uint16_t kFirstPort = 20000;
  for (const std::size_t served_per_turn : {1U, 7U, 64U, 1000U}) {
    ReservedSockets reserved;
    RelaySockets sockets(true, reserved);
    UdpPort peer;
    for (std::uint16_t i = 0; i < kSockets; ++i) {
      const RelayEndpoint relay(Endpoint{own_loopback(), static_cast<std::uint16_t>(kFirstPort + i)});
      ASSERT_FALSE(sockets.open(relay));
      peer.send("x", relay.plain());
    }
    std::set<std::uint32_t> served;
    for (std::size_t turn = 0; served.size() < kSockets; ++turn) {
      ASSERT_LT(turn, kSockets);
      sockets.poll();
      std::size_t count = 0;
      while (count < served_per_turn && served.size() < kSockets) {
        const auto ready = sockets.next_ready();
        if (!ready) break;
        EXPECT_TRUE(served.insert(ready->number).second);
        ++count;
      }
      EXPECT_LE(count, RelaySockets::kReadyMax);
      EXPECT_GT(count, 0U);
    }
  }
}

}  // namespace
}  // namespace turnpike::worker
