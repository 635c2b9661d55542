// What leaves, in which order, with which header fields, and what it costs.
#include "turnpike/net/send_queue.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/ip.h>

#include "heap_counter.hpp"
#include "own_namespace.hpp"
#include "udp_helpers.hpp"

namespace turnpike::net {
namespace {

using testing::ElementsAre;

TEST(SendQueue, keeps_the_order_of_each_socket_whatever_is_mixed) {
  const UdpSocket first = open_udp("127.0.0.1:0");
  const UdpSocket second = open_udp("127.0.0.1:0");
  const UdpSocket from_first = open_udp("127.0.0.1:0");
  const UdpSocket from_second = open_udp("127.0.0.1:0");
  SendQueue queue;
  std::vector<std::string> texts;
  for (int i = 0; i < 100; ++i) texts.push_back(fmt::format("{}", i));
  for (int i = 0; i < 100; ++i) {
    const auto text = as_bytes(texts[static_cast<std::size_t>(i)]);
    queue.push(second, text, from_second.local(), {.dont_fragment = i % 3 == 0});
    queue.push(first, text, from_first.local(), {.dont_fragment = i % 7 == 0});
  }
  queue.flush();
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(texts_received(from_first, 100), texts);
  EXPECT_EQ(texts_received(from_second, 100), texts);
  EXPECT_EQ(queue.counters().sent, 200U);
  EXPECT_EQ(queue.counters().dropped, 0U);
}

TEST(SendQueue, needs_one_call_a_socket) {
  const UdpSocket first = open_udp("127.0.0.1:0");
  const UdpSocket second = open_udp("127.0.0.1:0");
  SendQueue queue;
  for (int i = 0; i < 50; ++i) {
    queue.push(second, as_bytes("a"), first.local());
    queue.push(first, as_bytes("b"), second.local());
  }
  queue.flush();
  EXPECT_EQ(queue.counters().sent, 100U);
  EXPECT_EQ(queue.counters().calls, 2U);
}

TEST(SendQueue, sends_by_itself_when_it_is_full) {
  const UdpSocket sender = open_udp("127.0.0.1:0");
  const UdpSocket receiver = open_udp("127.0.0.1:0");
  SendQueue queue(2);
  for (const char* text : {"a", "b", "c"}) queue.push(sender, as_bytes(text), receiver.local());
  EXPECT_THAT(texts_received(receiver, 2), ElementsAre("a", "b"));
  queue.flush();
  EXPECT_THAT(texts_received(receiver, 1), ElementsAre("c"));
}

TEST(SendQueue, IPF_01_IPF_02_the_type_of_service_arrives) {
  const struct {
    const char* name;
    const char* address;
    std::uint8_t tos;
  } table[] = {
      {"IPv4 expedited forwarding", "127.0.0.1:0", 0xB8},
      {"IPv4 ECT(0)", "127.0.0.1:0", 0x02},
      {"IPv4 all bits", "127.0.0.1:0", 0xFF},
      {"IPv4 none", "127.0.0.1:0", 0},
      {"IPv6 expedited forwarding", "[::1]:0", 0xB8},
      {"IPv6 ECT(1)", "[::1]:0", 0x01},
      {"IPv6 none", "[::1]:0", 0},
  };
  for (const auto& row : table) {
    if (at(row.address).address.is_v6() && !has_ipv6_loopback()) continue;
    const UdpSocket sender = open_udp(row.address);
    const UdpSocket receiver = open_udp(row.address);
    send_text(sender, "x", receiver.local(), {.tos = row.tos});
    ASSERT_TRUE(readable(receiver.fd())) << row.name;
    ReceiveBatch batch;
    const auto received = batch.receive(receiver);
    ASSERT_EQ(received.size(), 1U) << row.name;
    EXPECT_EQ(received[0].tos, row.tos) << row.name;
  }
}

TEST(SendQueue, ICMP_09_a_closed_peer_costs_the_others_nothing) {
  for (const char* address : {"127.0.0.1:0", "[::1]:0"}) {
    if (at(address).address.is_v6() && !has_ipv6_loopback()) continue;
    const UdpSocket relay = open_udp(address, {.error_queue = true});
    const UdpSocket peer = open_udp(address);
    const Endpoint nobody = open_udp(address).local();
    SendQueue queue;
    std::vector<std::string> texts;
    for (int i = 0; i < 20; ++i) texts.push_back(fmt::format("{}", i));
    for (const auto& text : texts) {
      queue.push(relay, as_bytes(text), peer.local());
      queue.push(relay, as_bytes("lost"), nobody);
    }
    queue.flush();
    queue.push(relay, as_bytes("last"), peer.local());  // the error that waits is none of its own
    queue.flush();
    texts.push_back("last");
    EXPECT_EQ(texts_received(peer, 21), texts);
    EXPECT_EQ(queue.counters().dropped, 0U);
  }
}

TEST(SendQueue, what_the_kernel_refuses_is_dropped_alone) {
  const UdpSocket sender = open_udp("127.0.0.1:0");
  const UdpSocket receiver = open_udp("127.0.0.1:0");
  const std::vector<std::uint8_t> too_large(65508);
  SendQueue queue;
  queue.push(sender, as_bytes("before"), receiver.local());
  queue.push(sender, too_large, receiver.local());
  queue.push(sender, as_bytes("x"), at("255.255.255.255:9"));  // not permitted without SO_BROADCAST
  queue.push(sender, as_bytes("after"), receiver.local());
  queue.flush();
  EXPECT_THAT(texts_received(receiver, 2), ElementsAre("before", "after"));
  EXPECT_EQ(queue.counters().sent, 2U);
  EXPECT_EQ(queue.counters().dropped, 2U);
}

// The IP header of the next UDP datagram, as a raw socket sees it.
bool next_has_df(int raw) {
  std::array<std::uint8_t, 2048> packet;
  const auto size = ::recv(raw, packet.data(), packet.size(), 0);
  EXPECT_GE(size, static_cast<ssize_t>(sizeof(iphdr)));
  return (load_be16(&packet[6]) & IP_DF) != 0;
}

TEST(SendQueue, IPF_03_sets_df_where_it_is_asked_for_and_nowhere_else) {
  const bool ran = in_own_namespace(1500, [] {
    const FileDescriptor raw(::socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_UDP));
    const UdpSocket sender = open_udp("127.0.0.1:0");
    const UdpSocket receiver = open_udp("127.0.0.1:0");
    for (const bool wanted : {false, true, false}) {
      send_text(sender, "x", receiver.local(), {.dont_fragment = wanted});
      ASSERT_TRUE(readable(raw.get()));
      EXPECT_EQ(next_has_df(raw.get()), wanted);
    }
  });
  if (!ran) GTEST_SKIP() << "needs a network namespace";
}

TEST(SendQueue, IPF_04_IPF_10_larger_than_the_link_is_fragmented_and_put_together_unless_df_forbids) {
  const bool ran = in_own_namespace(1500, [] {
    for (const char* address : {"127.0.0.1:0", "[::1]:0"}) {
      if (at(address).address.is_v6() && !has_ipv6_loopback()) continue;
      const UdpSocket sender = open_udp(address);
      const UdpSocket receiver = open_udp(address);
      const std::string large(3000, 'x');
      SendQueue queue;
      queue.push(sender, as_bytes(large), receiver.local(), {.dont_fragment = true});
      queue.push(sender, as_bytes(large), receiver.local());
      queue.flush();
      EXPECT_EQ(queue.counters().sent, 1U) << address;
      EXPECT_EQ(queue.counters().dropped, 1U) << address;
      EXPECT_THAT(texts_received(receiver, 1), ElementsAre(large)) << address;
    }
  });
  if (!ran) GTEST_SKIP() << "needs a network namespace";
}

TEST(SendQueue, a_packet_in_and_out_takes_nothing_from_the_heap) {
  const UdpSocket client = open_udp("127.0.0.1:0");
  const UdpSocket server = open_udp("0.0.0.0:0");
  const Endpoint server_address = at("127.0.0.1:0").with_port(server.local().port);
  ReceiveBatch batch;
  SendQueue queue;
  std::size_t relayed = 0;
  const std::uint64_t before = test::heap_uses();
  for (int round = 0; round < 50; ++round) {
    for (int i = 0; i < 40; ++i) queue.push(client, as_bytes("payload"), server_address, {.tos = 0x28});
    queue.flush();
    for (const auto& datagram : batch.receive(server)) {
      queue.push(server, datagram.payload, datagram.from, {.from = datagram.to, .tos = datagram.tos, .dont_fragment = true});
    }
    queue.flush();
    relayed += batch.receive(client).size();
    batch.reset();
  }
  EXPECT_EQ(test::heap_uses(), before);
  EXPECT_GT(relayed, 1000U);
}

}  // namespace
}  // namespace turnpike::net
