// ICMP errors of relay sockets.
#include "turnpike/net/icmp_errors.hpp"

#include <gtest/gtest.h>
#include <netinet/icmp6.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>

#include <algorithm>

#include "own_namespace.hpp"
#include "turnpike/net/poller.hpp"
#include "udp_helpers.hpp"

namespace turnpike::net {
namespace {

TEST(IcmpErrors, a_closed_port_is_told_with_the_peer_that_was_meant_ICMP_08) {
  const struct {
    const char* address;
    std::uint8_t type, code;
  } table[] = {
      {"127.0.0.1:0", ICMP_DEST_UNREACH, ICMP_PORT_UNREACH},
      {"[::1]:0", ICMP6_DST_UNREACH, ICMP6_DST_UNREACH_NOPORT},
  };
  for (const auto& row : table) {
    if (at(row.address).address.is_v6() && !has_ipv6_loopback()) continue;
    const UdpSocket relay = open_udp(row.address, {.error_queue = true});
    const Endpoint nobody = open_udp(row.address).local();
    EXPECT_EQ(next_icmp_error(relay), std::nullopt);
    send_text(relay, "anyone?", nobody);
    EXPECT_EQ(next_icmp_error(relay), (IcmpError{.peer = nobody, .type = row.type, .code = row.code}));
    EXPECT_EQ(next_icmp_error(relay), std::nullopt);
  }
}

TEST(IcmpErrors, a_socket_without_the_queue_tells_nothing) {
  const UdpSocket socket = open_udp("127.0.0.1:0");
  const Endpoint nobody = open_udp("127.0.0.1:0").local();
  send_text(socket, "anyone?", nobody);
  EXPECT_EQ(next_icmp_error(socket), std::nullopt);
}

TEST(IcmpErrors, an_error_that_found_no_room_in_the_queue_is_forgotten_by_the_poller_ICMP_09) {
  const UdpSocket relay = open_udp("127.0.0.1:0", {.error_queue = true, .buffer_bytes = 2048});
  const UdpSocket peer = open_udp("127.0.0.1:0");
  for (int i = 0; i < 20; ++i) send_text(peer, "fills the buffer that data and errors share", relay.local());
  const Endpoint nobody = open_udp("127.0.0.1:0").local();
  send_text(relay, "anyone?", nobody);
  Poller poller;
  ASSERT_FALSE(poller.add(relay.fd(), 1));
  ASSERT_TRUE(poller.wait(Duration(0))[0].error);
  EXPECT_EQ(next_icmp_error(relay), std::nullopt);
  EXPECT_FALSE(poller.wait(Duration(0))[0].error);
}

std::uint16_t internet_checksum(Bytes bytes) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) sum += load_be16(&bytes[i]);
  while (sum > 0xFFFF) sum = (sum & 0xFFFF) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

// "Fragmentation needed", as a router on the way from `from` to `to` would send it.
std::vector<std::uint8_t> fragmentation_needed(const Endpoint& from, const Endpoint& to, std::uint16_t mtu) {
  std::vector<std::uint8_t> packet(8 + 20 + 8);
  packet[0] = ICMP_DEST_UNREACH;
  packet[1] = ICMP_FRAG_NEEDED;
  store_be16(&packet[6], mtu);
  std::uint8_t* inner = &packet[8];
  inner[0] = 0x45;
  store_be16(inner + 2, 1528);
  store_be16(inner + 6, IP_DF);
  inner[8] = 64;
  inner[9] = IPPROTO_UDP;
  std::ranges::copy(from.address.wire(), inner + 12);
  std::ranges::copy(to.address.wire(), inner + 16);
  store_be16(inner + 10, internet_checksum({inner, 20}));
  store_be16(inner + 20, from.port);
  store_be16(inner + 22, to.port);
  store_be16(inner + 24, 1508);
  store_be16(&packet[2], internet_checksum(packet));
  return packet;
}

TEST(IcmpErrors, fragmentation_needed_comes_with_the_mtu_and_nothing_of_local_origin_ICMP_06_ICMP_08) {
  const bool ran = in_own_namespace(1500, [] {
    const UdpSocket relay = open_udp("127.0.0.1:0", {.error_queue = true});
    const UdpSocket peer = open_udp("127.0.0.2:0");
    const std::string too_large(3000, 'x');
    SendQueue queue;
    queue.push(relay, as_bytes(too_large), peer.local(),
               {.dont_fragment = true});  // refused here: no ICMP, but the queue gets a note
    queue.flush();
    send_text(relay, "x", peer.local(), {.dont_fragment = true});

    const FileDescriptor raw(::socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP));
    const auto packet = fragmentation_needed(relay.local(), peer.local(), 1400);
    const SockAddr to(relay.local(), AF_INET);
    ASSERT_EQ(::sendto(raw.get(), packet.data(), packet.size(), 0, to.get(), to.size()),
              static_cast<ssize_t>(packet.size()));
    EXPECT_EQ(
        next_icmp_error(relay),
        (IcmpError{.peer = peer.local(), .type = ICMP_DEST_UNREACH, .code = ICMP_FRAG_NEEDED, .mtu = 1400}));
    EXPECT_EQ(next_icmp_error(relay), std::nullopt);
  });
  if (!ran) GTEST_SKIP() << "needs a network namespace";
}

}  // namespace
}  // namespace turnpike::net
