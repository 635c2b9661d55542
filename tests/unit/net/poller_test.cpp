// Readiness by token.
#include "turnpike/net/poller.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <chrono>

#include "udp_helpers.hpp"

namespace turnpike::net {
namespace {

using std::chrono::milliseconds;

TEST(Poller, reports_the_token_of_what_is_readable_until_it_is_read) {
  Poller poller;
  const UdpSocket quiet = open_udp("127.0.0.1:0");
  const UdpSocket busy = open_udp("127.0.0.1:0");
  ASSERT_FALSE(poller.add(quiet.fd(), 1));
  ASSERT_FALSE(poller.add(busy.fd(), 0xFFFFFFFFFFFFFFFF));
  EXPECT_TRUE(poller.wait(milliseconds(0)).empty());

  send_text(quiet, "hello", busy.local());
  for (int i = 0; i < 2; ++i) {
    const auto ready = poller.wait(milliseconds(1000));
    ASSERT_EQ(ready.size(), 1U);
    EXPECT_EQ(ready[0].token, 0xFFFFFFFFFFFFFFFF);
    EXPECT_TRUE(ready[0].readable);
    EXPECT_FALSE(ready[0].writable);
    EXPECT_FALSE(ready[0].error);
  }
  texts_received(busy, 1);
  EXPECT_TRUE(poller.wait(milliseconds(0)).empty());
}

TEST(Poller, follows_a_change_of_interest) {
  Poller poller;
  const UdpSocket socket = open_udp("127.0.0.1:0");
  ASSERT_FALSE(poller.add(socket.fd(), 7));
  ASSERT_FALSE(poller.modify(socket.fd(), 8, {.readable = false, .writable = true}));
  const auto ready = poller.wait(milliseconds(1000));
  ASSERT_EQ(ready.size(), 1U);
  EXPECT_EQ(ready[0].token, 8U);
  EXPECT_TRUE(ready[0].writable);
  ASSERT_FALSE(poller.remove(socket.fd()));
  EXPECT_TRUE(poller.wait(milliseconds(0)).empty());
}

TEST(Poller, says_that_an_error_waits) {
  Poller poller;
  const UdpSocket socket = open_udp("127.0.0.1:0", {.error_queue = true});
  const Endpoint nobody = open_udp("127.0.0.1:0").local();
  ASSERT_FALSE(poller.add(socket.fd(), 1));
  send_text(socket, "anyone?", nobody);
  const auto ready = poller.wait(milliseconds(1000));
  ASSERT_EQ(ready.size(), 1U);
  EXPECT_TRUE(ready[0].error);
}

TEST(Poller, one_waits_for_another) {
  Poller outer;
  Poller inner;
  const UdpSocket socket = open_udp("127.0.0.1:0");
  ASSERT_FALSE(inner.add(socket.fd(), 1));
  ASSERT_FALSE(outer.add(inner.fd(), 2));
  EXPECT_TRUE(outer.wait(milliseconds(0)).empty());
  send_text(socket, "hello", socket.local());
  const auto ready = outer.wait(milliseconds(1000));
  ASSERT_EQ(ready.size(), 1U);
  EXPECT_EQ(ready[0].token, 2U);
  texts_received(socket, 1);
  EXPECT_TRUE(outer.wait(milliseconds(0)).empty());
}

TEST(Poller, a_wait_does_not_end_before_its_time) {
  Poller poller;
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_TRUE(poller.wait(std::chrono::microseconds(900)).empty());
  EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::microseconds(900));
}

TEST(Poller, refuses_a_descriptor_that_is_not_open) { EXPECT_TRUE(Poller().add(-1, 1).failed()); }

TEST(Poller, says_why_a_descriptor_is_not_watched) {
  Poller poller;
  const UdpSocket socket = open_udp("127.0.0.1:0");
  EXPECT_EQ(poller.modify(socket.fd(), 1, {}), boost::system::errc::no_such_file_or_directory);
  EXPECT_EQ(poller.remove(socket.fd()), boost::system::errc::no_such_file_or_directory);
  EXPECT_FALSE(poller.add(socket.fd(), 1));
  EXPECT_EQ(poller.add(socket.fd(), 1), boost::system::errc::file_exists);
  EXPECT_THROW(poller.add_or_throw(-1, 1), boost::system::system_error);
}

}  // namespace
}  // namespace turnpike::net
