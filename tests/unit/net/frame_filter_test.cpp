// What the kernel lets through to a listener.
#include "turnpike/net/frame_filter.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

#include "udp_helpers.hpp"

namespace turnpike::net {
namespace {

std::string frame(int first_byte, int length, std::size_t size) {
  std::string bytes(size, 'x');
  const char head[] = {static_cast<char>(first_byte), 1, static_cast<char>(length >> 8),
                       static_cast<char>(length)};
  return bytes.replace(0, std::min<std::size_t>(size, 4), head, std::min<std::size_t>(size, 4));
}

void send(const UdpSocket& sender, const std::string& datagram, const Endpoint& to) {
  const SockAddr address(to, sender.family());
  EXPECT_EQ(::sendto(sender.fd(), datagram.data(), datagram.size(), 0, address.get(), address.size()),
            static_cast<ssize_t>(datagram.size()));
}

// Another one that passes follows it, so that nothing has to be waited for.
bool arrives(const UdpSocket& server, const std::string& datagram) {
  const UdpSocket sender = UdpSocket::open({.local = server.local().with_port(0)}).value();
  const std::string last = frame(0, 0, 21);
  send(sender, datagram, server.local());
  send(sender, last, server.local());
  std::vector<std::string> received;
  while (received.empty() || received.back() != last) {
    const auto more = texts_received(server, 1);
    if (more.empty()) throw std::runtime_error("the last one is missing");
    received.insert(received.end(), more.begin(), more.end());
  }
  return received.front() == datagram;
}

TEST(FrameFilter, lets_stun_and_channel_data_pass_and_nothing_else) {
  const struct {
    const char* name;
    std::string datagram;
    bool passes;
  } cases[] = {
      {"nothing", "", false},
      {"one byte of STUN", frame(0, 0, 1), false},
      {"half a STUN header", frame(0, 0, 19), false},
      {"a STUN message", frame(0, 0, 20), true},
      {"the largest type", frame(3, 8, 28), true},
      {"shorter than it says", frame(0, 8, 27), false},
      {"longer than it says", frame(0, 8, 40), true},
      {"a number that is none", frame(4, 0, 20), false},
      {"DTLS", frame(22, 0, 100), false},
      {"below the channels", frame(0x3F, 0, 100), false},
      {"ChannelData", frame(0x40, 5, 9), true},
      {"ChannelData without data", frame(0x40, 0, 4), true},
      {"padded ChannelData", frame(0x4F, 5, 12), true},
      {"shorter ChannelData than it says", frame(0x40, 6, 9), false},
      {"half its header", frame(0x40, 0, 3), false},
      {"the last channel of RFC 5766", frame(0x7F, 0, 4), true},
      {"beyond the channels", frame(0x80, 0, 100), false},
      {"rubbish", std::string(200, '\xff'), false},
      {"a length that overflows 16 bits", frame(0x40, 0xFFFF, 1000), false},
      {"a large one", frame(0x40, 60000, 60004), true},
  };
  for (const char* local : {"127.0.0.1:0", "[::1]:0"}) {
    if (!has_ipv6_loopback() && at(local).address.is_v6()) GTEST_SKIP() << "no IPv6";
    const UdpSocket server = open_udp(local);
    ASSERT_FALSE(drop_all_but_frames(server.fd()));
    for (const auto& c : cases) EXPECT_EQ(arrives(server, c.datagram), c.passes) << c.name << " " << local;
  }
}

TEST(FrameFilter, of_joined_datagrams_the_first_speaks_for_all) {
  const UdpSocket server = open_udp("127.0.0.1:0", {.gro = true});
  ASSERT_FALSE(drop_all_but_frames(server.fd()));
  const UdpSocket sender = open_udp("127.0.0.1:0");
  SendQueue queue;
  const std::string datagram = frame(0x40, 96, 100);
  for (int i = 0; i < 5; ++i) queue.push(sender, as_bytes(datagram), server.local());
  queue.flush();
  EXPECT_EQ(texts_received(server, 5), std::vector<std::string>(5, datagram));
}

TEST(FrameFilter, a_socket_that_is_none_is_an_error) { EXPECT_TRUE(drop_all_but_frames(-1)); }

}  // namespace
}  // namespace turnpike::net
