// What leaves, in which order, with which header fields, and what it costs.
#include "turnpike/net/send_queue.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/ip.h>

#include <algorithm>

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

TEST(SendQueue, the_type_of_service_arrives_IPF_01_IPF_02) {
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

TEST(SendQueue, a_closed_peer_costs_the_others_nothing_ICMP_09) {
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

TEST(SendQueue, sets_df_where_it_is_asked_for_and_nowhere_else_IPF_03) {
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

TEST(SendQueue, larger_than_the_link_is_fragmented_and_put_together_unless_df_forbids_IPF_04_IPF_10) {
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

TEST(SendQueue, datagrams_of_one_size_leave_as_one_message) {
  const struct {
    const char* name;
    std::vector<std::size_t> sizes;
    std::uint64_t messages;
  } table[] = {
      {"equal", {10, 10, 10}, 1},
      {"the last is shorter", {10, 10, 3}, 1},
      {"a shorter one ends a run", {10, 3, 10, 10}, 2},
      {"a longer one begins another", {3, 10, 10}, 2},
      {"one byte each", {1, 1}, 1},
      {"an empty one stands alone", {10, 10, 0, 10, 10}, 3},
      {"empty ones only", {0, 0, 0}, 3},
      {"an empty one does not end a run", {10, 0}, 2},
      {"no more than 64", std::vector<std::size_t>(130, 20), 3},
      {"no more than one payload takes", {30000, 30000, 30000}, 2},
      {"nearly one payload", {21835, 21835, 21835}, 1},
      {"a byte more than one payload", {21836, 21836, 21836}, 2},
      {"too large for two", {40000, 40000}, 2},
  };
  const std::vector<std::uint8_t> bytes(65507, 'x');
  for (const char* address : {"127.0.0.1:0", "[::1]:0"}) {
    if (at(address).address.is_v6() && !has_ipv6_loopback()) continue;
    const UdpSocket sender = open_udp(address, {.buffer_bytes = 4 << 20});
    const UdpSocket receiver = open_udp(address, {.buffer_bytes = 4 << 20});
    for (const auto& row : table) {
      SendQueue queue;
      std::vector<std::string> texts;
      for (const std::size_t size : row.sizes) {
        texts.emplace_back(size, 'x');
        queue.push(sender, Bytes(bytes).first(size), receiver.local());
      }
      queue.flush();
      EXPECT_EQ(texts_received(receiver, texts.size()), texts) << row.name;
      EXPECT_EQ(queue.counters().sent, texts.size()) << row.name;
      EXPECT_EQ(queue.counters().messages, row.messages) << row.name;
      EXPECT_EQ(queue.counters().calls, 1U) << row.name;
    }
  }
}

TEST(SendQueue, joins_the_datagrams_of_a_destination_however_they_are_mixed) {
  const UdpSocket first = open_udp("127.0.0.1:0");
  const UdpSocket second = open_udp("127.0.0.1:0");
  SendQueue queue;
  for (int i = 0; i < 32; ++i) {
    for (const auto* to : {&first, &second}) queue.push(first, as_bytes("abc"), to->local());
  }
  queue.flush();
  EXPECT_EQ(queue.counters().messages, 2U);
  EXPECT_EQ(queue.counters().calls, 1U);
  EXPECT_EQ(texts_received(first, 32).size(), 32U);
  EXPECT_EQ(texts_received(second, 32).size(), 32U);
}

TEST(SendQueue, each_datagram_of_a_run_keeps_its_own_fields_IPF_01_IPF_02_FRM_12) {
  const UdpSocket sender = open_udp("0.0.0.0:0");
  const UdpSocket receiver = open_udp("127.0.0.1:0", {.gro = true});
  const IpAddress sources[] = {IpAddress::v4(127, 0, 0, 1), IpAddress::v4(127, 0, 0, 2)};
  const std::uint8_t services[] = {0, 0xB8, 0x02};
  SendQueue queue;
  std::vector<SendOptions> expected;
  for (const IpAddress& source : sources) {
    for (const std::uint8_t tos : services) expected.insert(expected.end(), 5, {.from = source, .tos = tos});
  }
  for (const SendOptions& options : expected) queue.push(sender, as_bytes("abc"), receiver.local(), options);
  queue.flush();
  EXPECT_EQ(queue.counters().messages, 6U);
  ASSERT_TRUE(readable(receiver.fd()));
  ReceiveBatch batch;
  const auto received = batch.receive(receiver);
  ASSERT_EQ(received.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(received[i].from.address, expected[i].from) << i;
    EXPECT_EQ(received[i].tos, expected[i].tos) << i;
  }
}

TEST(SendQueue, sends_header_payload_and_padding_as_one) {
  const UdpSocket sender = open_udp("127.0.0.1:0");
  const UdpSocket receiver = open_udp("127.0.0.1:0");
  SendQueue queue(5);
  std::vector<std::string> expected;
  for (int i = 0; i < 12; ++i) {
    const std::string header = fmt::format("header {:02} ", i);
    const auto space = queue.header_space();
    std::ranges::copy(header, space.begin());
    queue.push(sender,
               {space.first(header.size()), as_bytes("payload"),
                Bytes(as_bytes("...")).first(static_cast<std::size_t>(i) % 2)},
               receiver.local());
    expected.push_back(header + "payload" + (i % 2 == 1 ? "." : ""));
  }
  queue.flush();
  EXPECT_EQ(texts_received(receiver, 12), expected);
  EXPECT_EQ(queue.counters().dropped, 0U);
}

// 20 datagrams larger than a run may cut, between others that it may; twice.
void expect_all_arrive_singly(const UdpSocket& sender, const UdpSocket& receiver, std::size_t size) {
  SendQueue queue;
  for (const std::uint64_t calls :
       {3U, 4U}) {  // one that fails, its repetition, and one that sends; then only the last
    std::vector<std::string> texts;
    for (int i = 0; i < 20; ++i) texts.push_back(std::string(size, static_cast<char>('a' + i)));
    for (const auto& text : texts) queue.push(sender, as_bytes(text), receiver.local());
    queue.flush();
    EXPECT_EQ(texts_received(receiver, texts.size()), texts);
    EXPECT_EQ(queue.counters().calls, calls);
  }
  EXPECT_EQ(queue.counters().messages, 40U);
  EXPECT_EQ(queue.counters().dropped, 0U);
}

TEST(SendQueue, a_run_of_datagrams_that_need_fragments_leaves_singly_at_once_and_from_then_on_IPF_10) {
  const bool ran = in_own_namespace(1500, [] {
    for (const char* address : {"127.0.0.1:0", "[::1]:0"}) {
      if (at(address).address.is_v6() && !has_ipv6_loopback()) continue;
      const UdpSocket sender = open_udp(address, {.buffer_bytes = 4 << 20});
      const UdpSocket receiver = open_udp(address, {.buffer_bytes = 4 << 20});
      expect_all_arrive_singly(sender, receiver, 1500);

      SendQueue queue;  // what fits is no matter
      const std::string fits(1452, 'x');
      for (int i = 0; i < 20; ++i) queue.push(sender, as_bytes(fits), receiver.local());
      queue.flush();
      EXPECT_EQ(texts_received(receiver, 20).size(), 20U);
      EXPECT_EQ(queue.counters().messages, 1U);
    }
  });
  if (!ran) GTEST_SKIP() << "needs a network namespace";
}

TEST(SendQueue, a_socket_that_cannot_send_runs_loses_nothing) {
  const UdpSocket sender = open_udp("127.0.0.1:0");
  const int on = 1;
  ASSERT_EQ(::setsockopt(sender.fd(), SOL_SOCKET, SO_NO_CHECK, &on, sizeof on), 0);  // a run needs checksums
  const UdpSocket receiver = open_udp("127.0.0.1:0");
  expect_all_arrive_singly(sender, receiver, 100);
}

TEST(SendQueue,
     a_run_too_large_for_the_path_is_dropped_whole_where_df_forbids_fragments_and_others_are_not_IPF_04) {
  const bool ran = in_own_namespace(1500, [] {
    const UdpSocket sender = open_udp("127.0.0.1:0");
    const UdpSocket receiver = open_udp("127.0.0.1:0");
    const std::string large(2000, 'x');
    SendQueue queue;
    queue.push(sender, as_bytes("before"), receiver.local());
    for (int i = 0; i < 5; ++i)
      queue.push(sender, as_bytes(large), receiver.local(), {.dont_fragment = true});
    queue.push(sender, as_bytes("after"), receiver.local());
    queue.flush();
    EXPECT_THAT(texts_received(receiver, 2), ElementsAre("before", "after"));
    EXPECT_EQ(queue.counters().sent, 2U);
    EXPECT_EQ(queue.counters().dropped, 5U);
  });
  if (!ran) GTEST_SKIP() << "needs a network namespace";
}

TEST(SendQueue, a_run_without_a_way_is_dropped_whole) {
  const UdpSocket sender = open_udp("127.0.0.1:0");
  SendQueue queue;
  for (int i = 0; i < 10; ++i) queue.push(sender, as_bytes("x"), at("255.255.255.255:9"));
  queue.flush();
  EXPECT_EQ(queue.counters().dropped, 10U);
  EXPECT_EQ(queue.counters().calls, 2U) << "one call and its repetition";
}

TEST(SendQueue, a_packet_in_and_out_takes_nothing_from_the_heap_singly_or_in_runs) {
  const UdpSocket client = open_udp("127.0.0.1:0");
  const UdpSocket server = open_udp("0.0.0.0:0", {.gro = true});
  const Endpoint server_address = at("127.0.0.1:0").with_port(server.local().port);
  ReceiveBatch batch;
  SendQueue queue;
  std::size_t relayed = 0;
  const std::uint64_t before = test::heap_uses();
  for (int round = 0; round < 50; ++round) {
    for (int i = 0; i < 40; ++i) {
      const bool same_as_before = round % 2 == 0 || i % 4 < 2;
      queue.push(client, as_bytes(same_as_before ? "payload" : "longer payload"), server_address,
                 {.tos = 0x28});
    }
    queue.flush();
    for (const auto& datagram : batch.receive(server)) {
      queue.push(server, datagram.payload, datagram.from,
                 {.from = datagram.to, .tos = datagram.tos, .dont_fragment = true});
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
