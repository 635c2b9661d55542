// What is sent joined or one by one arrives as the packets that it was.
#include "load/datagrams.hpp"

#include <gtest/gtest.h>
#include <poll.h>

#include <string_view>

namespace turnpike::bench {
namespace {

const Endpoint kAnywhere{IpAddress::v4(127, 0, 0, 1), 0};

// Sizes of what arrives until there are so many packets, or nothing comes.
std::vector<std::size_t> sizes_received(int fd, std::size_t count) {
  ReceiveBuffers buffers;
  std::vector<std::size_t> sizes;
  pollfd wait{.fd = fd, .events = POLLIN, .revents = 0};
  while (sizes.size() < count && ::poll(&wait, 1, 5000) == 1) {
    for (const Arrived& arrived : buffers.receive(fd)) sizes.push_back(arrived.bytes.size());
  }
  return sizes;
}

TEST(Datagrams, arrive_as_they_were_sent_however_they_travel) {
  const std::vector<std::uint8_t> bytes(1400, 0x55);
  const std::vector<std::size_t> table[] = {
      {1200},
      {1200, 1200, 1200},
      {1200, 1200, 300},
      {300, 1200},
      {100, 100, 200, 200, 100},
      {0},
      std::vector<std::size_t>(60, 1400),
  };
  for (const bool segment : {false, true}) {
    for (const auto& sizes : table) {
      const auto from = open_udp(kAnywhere);
      const auto to = open_udp(kAnywhere);
      const net::SockAddr address(net::local_endpoint(to.get()), AF_INET);
      const net::SockAddr equal = address;  // destinations are compared by value
      SendBatch batch(segment);
      for (std::size_t i = 0; i < sizes.size(); ++i)
        batch.push(from.get(), Bytes(bytes).first(sizes[i]), i % 2 == 0 ? &address : &equal);
      batch.flush();
      EXPECT_EQ(batch.refused(), 0U);
      EXPECT_EQ(sizes_received(to.get(), sizes.size()), sizes);
    }
  }
}

}  // namespace
}  // namespace turnpike::bench
