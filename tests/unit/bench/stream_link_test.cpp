// Frames cross a TCP connection whole, however it cuts them.
#include "load/stream_link.hpp"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <stdexcept>

#include "turnpike/net/sockaddr.hpp"
#include "turnpike/stun/channel_data.hpp"

namespace turnpike::bench {
namespace {

const IpAddress kLoopback = IpAddress::v4(127, 0, 0, 1);

// A listener and, once connected to, the server's end.
struct Server {
  Server() : listener(::socket(AF_INET, SOCK_STREAM, 0)) {
    const net::SockAddr any({kLoopback, 0}, AF_INET);
    EXPECT_EQ(::bind(listener.get(), any.get(), any.size()), 0);
    EXPECT_EQ(::listen(listener.get(), 1), 0);
  }
  Endpoint endpoint() const { return net::local_endpoint(listener.get()); }
  void accept() { connection = net::FileDescriptor(::accept(listener.get(), nullptr, nullptr)); }
  void send(Bytes bytes) {
    EXPECT_EQ(::send(connection.get(), bytes.data(), bytes.size(), 0), static_cast<long>(bytes.size()));
  }

  net::FileDescriptor listener;
  net::FileDescriptor connection;
};

void wait_readable(int fd) {
  pollfd wait{.fd = fd, .events = POLLIN, .revents = 0};
  ASSERT_EQ(::poll(&wait, 1, 5000), 1);
}

std::vector<std::uint8_t> frame(std::size_t payload_size) {
  std::vector<std::uint8_t> bytes(4 + padded4(payload_size), 0x55);
  stun::write_channel_header(bytes, 0x4001, payload_size);
  return bytes;
}

TEST(StreamLink, hands_out_whole_frames_without_padding) {
  Server server;
  StreamLink link(server.endpoint(), kLoopback, false);
  server.accept();
  std::vector<std::uint8_t> bytes;
  for (const std::size_t size : {1U, 6U, 1200U}) {
    const auto next = frame(size);
    bytes.insert(bytes.end(), next.begin(), next.end());
  }
  std::vector<std::size_t> sizes;
  const auto note = [&](Bytes received) { sizes.push_back(received.size()); };
  for (const auto& [from, to] :
       {std::pair{0UL, 3UL}, std::pair{3UL, 15UL}, std::pair{15UL, 500UL}, std::pair{500UL, bytes.size()}}) {
    server.send(Bytes(bytes).subspan(from, to - from));
    wait_readable(link.fd());
    EXPECT_TRUE(link.read(note));
  }
  EXPECT_EQ(sizes, (std::vector<std::size_t>{5, 10, 1204}));
}

TEST(StreamLink, ends_where_the_server_does_and_at_what_is_not_turn) {
  for (const bool garbage : {false, true}) {
    Server server;
    StreamLink link(server.endpoint(), kLoopback, false);
    server.accept();
    if (garbage) {
      server.send(std::array<std::uint8_t, 4>{0xFF, 0, 0, 0});
    } else {
      server.connection.reset();
    }
    wait_readable(link.fd());
    EXPECT_FALSE(link.read([](Bytes) { FAIL(); }));
  }
}

TEST(StreamLink, writes_stamped_payloads_padded) {
  Server server;
  StreamLink link(server.endpoint(), kLoopback, false);
  server.accept();
  const Stamp stamp{.run = 1, .flow = 2, .sequence = 3, .sent_ns = 4};
  link.queue_stamped(Bytes(frame(0)), stamp, 161);
  EXPECT_TRUE(link.unsent());
  EXPECT_TRUE(link.flush());
  EXPECT_FALSE(link.unsent());
  std::array<std::uint8_t, 4 + 164> received{};
  ASSERT_EQ(::recv(server.connection.get(), received.data(), received.size(), MSG_WAITALL),
            static_cast<long>(received.size()));
  EXPECT_EQ(read_stamp(Bytes(received).subspan(4, 161)), stamp);
}

TEST(StreamLink, says_why_it_cannot_be_opened) {
  Server server;
  const Endpoint endpoint = server.endpoint();
  server.listener.reset();
  EXPECT_THROW(StreamLink(endpoint, kLoopback, false), std::runtime_error);
}

}  // namespace
}  // namespace turnpike::bench
