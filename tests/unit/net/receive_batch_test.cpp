// Datagrams as they come out of the kernel: whole, with who, whereto and how.
#include "turnpike/net/receive_batch.hpp"

#include <gtest/gtest.h>
#include <netinet/udp.h>

#include <algorithm>
#include <cstring>
#include <numeric>

#include "own_namespace.hpp"
#include "udp_helpers.hpp"

namespace turnpike::net {
namespace {

// A request to `asked` and its reply, between sockets on one port of all addresses.
void expect_reply_from_where_it_was_asked(const UdpSocket& server, const char* client_address,
                                          const char* server_address) {
  const UdpSocket client = open_udp(client_address);
  const Endpoint asked = at(server_address).with_port(server.local().port);
  send_text(client, "request", asked, {.tos = 0x28});

  ASSERT_TRUE(readable(server.fd()));
  ReceiveBatch batch;
  const auto received = batch.receive(server);
  ASSERT_EQ(received.size(), 1U);
  EXPECT_EQ(received[0].from, client.local());
  EXPECT_EQ(received[0].to, asked.address);
  EXPECT_EQ(received[0].tos, 0x28);
  send_text(server, "reply", received[0].from, {.from = received[0].to, .tos = 0x28});

  ASSERT_TRUE(readable(client.fd()));
  const auto replies = batch.receive(client);
  ASSERT_EQ(replies.size(), 1U);
  EXPECT_EQ(replies[0].from, asked);
  EXPECT_EQ(replies[0].to, IpAddress{}) << "a socket bound to one address need not be told";
  EXPECT_EQ(replies[0].tos, 0x28);
}

TEST(ReceiveBatch, a_reply_leaves_from_the_address_that_the_request_came_to_FRM_12) {
  const UdpSocket server = open_udp("0.0.0.0:0");
  expect_reply_from_where_it_was_asked(server, "127.0.0.1:0", "127.0.0.1:0");
  expect_reply_from_where_it_was_asked(server, "127.0.0.1:0", "127.0.0.2:0");
}

TEST(ReceiveBatch, a_reply_leaves_from_the_address_that_the_request_came_to_over_ipv6_FRM_12) {
  const bool ran = in_own_namespace(65536, [] {
    ASSERT_TRUE(add_loopback_address(at("[2001:db8::2]:0").address));
    for (const bool v6_only : {true, false}) {
      const UdpSocket server = open_udp("[::]:0", {.v6_only = v6_only});
      expect_reply_from_where_it_was_asked(server, "[::1]:0", "[::1]:0");
      expect_reply_from_where_it_was_asked(server, "[::1]:0", "[2001:db8::2]:0");
    }
  });
  if (!ran) GTEST_SKIP() << "needs a network namespace";
}

TEST(ReceiveBatch, ipv4_on_a_dual_stack_socket_is_ipv4_BIND_08_FRM_12) {
  if (!has_ipv6_loopback()) GTEST_SKIP() << "no IPv6";
  const UdpSocket server = open_udp("[::]:0", {.v6_only = false});
  expect_reply_from_where_it_was_asked(server, "127.0.0.1:0", "127.0.0.2:0");
  expect_reply_from_where_it_was_asked(server, "[::1]:0", "[::1]:0");
}

TEST(ReceiveBatch, space_used_for_ipv4_serves_ipv6_next) {
  if (!has_ipv6_loopback()) GTEST_SKIP() << "no IPv6";
  const UdpSocket v4 = open_udp("127.0.0.1:0");
  const UdpSocket v6 = open_udp("[::1]:0");
  const UdpSocket wildcard = open_udp("[::]:0");
  ReceiveBatch batch(1);
  send_text(v4, "x", v4.local());
  ASSERT_EQ(batch.receive(v4).size(), 1U);
  batch.reset();
  send_text(v6, "x", at("[::1]:0").with_port(wildcard.local().port), {.tos = 0x28});
  const auto received = batch.receive(wildcard);
  ASSERT_EQ(received.size(), 1U);
  EXPECT_EQ(received[0].from, v6.local());
  EXPECT_EQ(received[0].to, v6.local().address);
  EXPECT_EQ(received[0].tos, 0x28);
}

TEST(ReceiveBatch, holds_datagrams_of_several_sockets_until_it_is_reset) {
  const UdpSocket sender = open_udp("127.0.0.1:0");
  const UdpSocket first = open_udp("127.0.0.1:0");
  const UdpSocket second = open_udp("127.0.0.1:0");
  ReceiveBatch batch(3);
  for (const char* text : {"a", "b", "c"}) send_text(sender, text, first.local());
  send_text(sender, "d", second.local());

  const auto from_first = batch.receive(first, 2);
  ASSERT_EQ(from_first.size(), 2U);
  const auto from_second = batch.receive(second);
  ASSERT_EQ(from_second.size(), 1U);
  EXPECT_TRUE(batch.full());
  EXPECT_TRUE(batch.receive(first).empty()) << "there is no room";
  EXPECT_EQ(as_text(from_first[0].payload), "a");
  EXPECT_EQ(as_text(from_first[1].payload), "b");
  EXPECT_EQ(as_text(from_second[0].payload), "d");

  batch.reset();
  EXPECT_EQ(batch.free_count(), 3U);
  const auto rest = batch.receive(first);
  ASSERT_EQ(rest.size(), 1U);
  EXPECT_EQ(as_text(rest[0].payload), "c");
}

TEST(ReceiveBatch, the_largest_payloads_lie_side_by_side) {
  const UdpSocket sender = open_udp("127.0.0.1:0");
  const UdpSocket receiver = open_udp("127.0.0.1:0");
  std::vector<std::uint8_t> largest(65507);
  std::iota(largest.begin(), largest.end(), std::uint8_t{0});
  SendQueue queue;
  for (int i = 0; i < 3; ++i) queue.push(sender, largest, receiver.local());
  queue.flush();
  EXPECT_EQ(queue.counters().sent, 3U);

  ReceiveBatch batch;
  const auto received = batch.receive(receiver);
  ASSERT_EQ(received.size(), 3U);
  for (const auto& datagram : received) EXPECT_TRUE(std::ranges::equal(datagram.payload, largest));
}

// A run as another program would send it: one message that the kernel cuts, or hands over whole.
void send_run(const UdpSocket& socket, Bytes bytes, std::uint16_t segment_bytes, const Endpoint& to,
              int tos = 0) {
  SockAddr address(to, socket.family());
  iovec piece{const_cast<std::uint8_t*>(bytes.data()), bytes.size()};
  alignas(cmsghdr) std::array<std::uint8_t, CMSG_SPACE(sizeof segment_bytes) + CMSG_SPACE(sizeof tos)>
      control{};
  msghdr header{};
  header.msg_name = address.get();
  header.msg_namelen = address.size();
  header.msg_iov = &piece;
  header.msg_iovlen = 1;
  header.msg_control = control.data();
  header.msg_controllen = control.size();
  const auto add = [&](cmsghdr* message, int level, int type, const auto& value) {
    message->cmsg_level = level;
    message->cmsg_type = type;
    message->cmsg_len = CMSG_LEN(sizeof value);
    std::memcpy(CMSG_DATA(message), &value, sizeof value);
  };
  cmsghdr* const first = CMSG_FIRSTHDR(&header);
  add(first, IPPROTO_UDP, UDP_SEGMENT, segment_bytes);
  const bool v4 = to.address.is_v4();
  add(CMSG_NXTHDR(&header, first), v4 ? IPPROTO_IP : IPPROTO_IPV6, v4 ? IP_TOS : IPV6_TCLASS, tos);
  ASSERT_EQ(::sendmsg(socket.fd(), &header, 0), static_cast<ssize_t>(bytes.size()));
}

TEST(ReceiveBatch, a_run_comes_as_the_datagrams_that_were_sent_joined_or_not_IPF_01) {
  std::vector<std::uint8_t> bytes(64 * 1000);
  std::iota(bytes.begin(), bytes.end(), std::uint8_t{0});
  const struct {
    const char* address;
    std::size_t bytes;
    std::uint16_t segment_bytes;
    std::size_t datagrams;
  } table[] = {
      {"127.0.0.1:0", 1200, 1200, 1},   {"127.0.0.1:0", 2000, 1000, 2}, {"127.0.0.1:0", 2001, 1000, 3},
      {"127.0.0.1:0", 64000, 1000, 64}, {"127.0.0.1:0", 64, 1, 64},     {"[::1]:0", 5000, 1400, 4},
  };
  for (const auto& row : table) {
    if (at(row.address).address.is_v6() && !has_ipv6_loopback()) continue;
    for (const bool gro : {false, true}) {
      const UdpSocket sender = open_udp(row.address);
      const UdpSocket receiver = open_udp(row.address, {.gro = gro, .buffer_bytes = 1 << 20});
      send_run(sender, Bytes(bytes).first(row.bytes), row.segment_bytes, receiver.local(), 0xB8);
      ReceiveBatch batch;
      const auto received = batch.receive(receiver);
      ASSERT_EQ(received.size(), row.datagrams) << row.bytes;
      EXPECT_EQ(batch.free_count(), gro ? 63U : 64U - row.datagrams) << "buffers of " << row.bytes;
      Bytes rest = Bytes(bytes).first(row.bytes);
      for (const Datagram& datagram : received) {
        const Bytes expected = rest.first(std::min<std::size_t>(rest.size(), row.segment_bytes));
        EXPECT_TRUE(std::ranges::equal(datagram.payload, expected));
        EXPECT_EQ(datagram.from, sender.local());
        EXPECT_EQ(datagram.tos, 0xB8);
        rest = rest.subspan(expected.size());
      }
    }
  }
}

TEST(ReceiveBatch, runs_fill_buffers_and_not_more_than_there_are) {
  const UdpSocket sender = open_udp("127.0.0.1:0");
  const UdpSocket receiver = open_udp("127.0.0.1:0", {.gro = true, .buffer_bytes = 1 << 20});
  const std::vector<std::uint8_t> bytes(64);
  ReceiveBatch batch(3);
  for (int i = 0; i < 4; ++i) send_run(sender, bytes, 1, receiver.local());
  const auto first = batch.receive(receiver, 1);
  const auto second = batch.receive(receiver);
  EXPECT_EQ(first.size(), 64U);
  EXPECT_EQ(second.size(), 128U);
  EXPECT_TRUE(batch.full());
  EXPECT_EQ(first.front().from, sender.local()) << "still there";
  batch.reset();
  EXPECT_EQ(batch.receive(receiver).size(), 64U);
}

TEST(ReceiveBatch, an_empty_datagram_is_a_datagram) {
  const UdpSocket sender = open_udp("127.0.0.1:0");
  const UdpSocket receiver = open_udp("127.0.0.1:0");
  send_text(sender, "", receiver.local());
  ASSERT_TRUE(readable(receiver.fd()));
  ReceiveBatch batch;
  const auto received = batch.receive(receiver);
  ASSERT_EQ(received.size(), 1U);
  EXPECT_TRUE(received[0].payload.empty());
  EXPECT_EQ(received[0].from, sender.local());
}

TEST(ReceiveBatch, nothing_waits_nothing_comes) {
  const UdpSocket socket = open_udp("127.0.0.1:0");
  ReceiveBatch batch;
  EXPECT_TRUE(batch.receive(socket).empty());
}

TEST(ReceiveBatch, a_pending_error_hides_no_datagram_ICMP_09) {
  const UdpSocket relay = open_udp("127.0.0.1:0", {.error_queue = true});
  const UdpSocket peer = open_udp("127.0.0.1:0");
  const Endpoint nobody = open_udp("127.0.0.1:0").local();
  send_text(peer, "data", relay.local());
  send_text(relay, "lost", nobody);
  ReceiveBatch batch;
  const auto received = batch.receive(relay);
  ASSERT_EQ(received.size(), 1U);
  EXPECT_EQ(received[0].from, peer.local());
}

}  // namespace
}  // namespace turnpike::net
