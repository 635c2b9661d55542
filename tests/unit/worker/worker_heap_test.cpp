// A relayed datagram costs no heap allocation.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/udp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>

#include "heap_counter.hpp"
#include "shell/support.hpp"
#include "turnpike/net/sockaddr.hpp"
#include "turnpike/stun/builder.hpp"
#include "turnpike/stun/channel_data.hpp"

namespace turnpike::worker {
namespace {

using namespace shell;

constexpr std::size_t kPayloadSize = 200;
constexpr int kBurst = 20;  // fits every socket's buffer, so that nothing is lost

// One end of the path, by bare system calls: the test itself must not allocate either.
class End {
 public:
  End(int fd, const Endpoint& to) : fd_(fd), to_(to, AF_INET) {
    const timeval limit{.tv_sec = 2, .tv_usec = 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    ::fcntl(fd_, F_SETFL, ::fcntl(fd_, F_GETFL) & ~O_NONBLOCK);
  }

  void send_singly(Bytes packet) const {
    for (int i = 0; i < kBurst; ++i) send(packet);
  }
  // By one call, as UDP_SEGMENT has it.
  void send_as_run(Bytes packet) {
    for (int i = 0; i < kBurst; ++i)
      std::ranges::copy(packet, run_.begin() + static_cast<std::ptrdiff_t>(packet.size()) * i);
    set_segment(static_cast<int>(packet.size()));
    send(Bytes(run_).first(packet.size() * kBurst));
    set_segment(0);
  }
  bool receive() {
    return ::recv(fd_, buffer_.data(), buffer_.size(), 0) >= static_cast<ssize_t>(kPayloadSize);
  }

 private:
  void send(Bytes packet) const { ::sendto(fd_, packet.data(), packet.size(), 0, to_.get(), to_.size()); }
  void set_segment(int bytes) const { ::setsockopt(fd_, IPPROTO_UDP, UDP_SEGMENT, &bytes, sizeof bytes); }

  int fd_;
  net::SockAddr to_;
  std::array<std::uint8_t, 2048> buffer_;
  std::array<std::uint8_t, kBurst * 512> run_;
};

// How many packets arrived. Bursts are sent singly and as runs, in turn.
int pass(int packets, End& from, Bytes packet, End& to) {
  int arrived = 0;
  for (int sent = 0; sent < packets; sent += kBurst) {
    sent / kBurst % 2 == 0 ? from.send_singly(packet) : from.send_as_run(packet);
    for (int i = 0; i < kBurst; ++i) arrived += to.receive() ? 1 : 0;
    if (arrived < sent + kBurst) return arrived;
  }
  return arrived;
}

class WorkerHeap : public ::testing::Test {
 protected:
  // 10,000 datagrams in each direction, after some that may fill caches and grow tables.
  void expect_no_allocation(Bytes from_client) {
    const std::array<std::uint8_t, kPayloadSize> from_peer{};
    End client(dynamic_cast<UdpWire&>(client_.wire()).port().fd(), server_.udp());
    End peer(peer_.fd(), relay_);
    ASSERT_EQ(pass(2 * kBurst, client, from_client, peer), 2 * kBurst);
    ASSERT_EQ(pass(2 * kBurst, peer, from_peer, client), 2 * kBurst);
    const std::uint64_t before = test::heap_uses();
    EXPECT_EQ(pass(10'000, client, from_client, peer), 10'000);
    EXPECT_EQ(pass(10'000, peer, from_peer, client), 10'000);
    EXPECT_EQ(test::heap_uses() - before, 0U);
  }

  RunningServer server_{loopback_config()};
  TestClient client_{std::make_unique<UdpWire>(server_.udp())};
  UdpPort peer_;
  Endpoint relay_ = client_.allocate();
};

TEST_F(WorkerHeap, channel_data_is_relayed_without_allocating) {
  client_.bind(peer_.local());
  std::array<std::uint8_t, stun::kChannelHeaderSize + kPayloadSize> packet{};
  stun::write_channel_header(packet, stun::kChannelMin, kPayloadSize);
  expect_no_allocation(packet);
}

TEST_F(WorkerHeap, indications_are_relayed_without_allocating) {
  client_.permit(peer_.local());
  std::array<std::uint8_t, 512> buffer;
  stun::MessageBuilder packet(buffer, stun::Method::send, stun::Class::indication, {});
  packet.add_xor_address(stun::Attr::xor_peer_address, peer_.local());
  packet.add(stun::Attr::data, Bytes(std::array<std::uint8_t, kPayloadSize>{}));
  expect_no_allocation(packet.bytes());
}

TEST(AllocationCounter, counts) {
  const std::uint64_t before = test::heap_uses();
  const auto number = std::make_unique<int>(1);
  EXPECT_EQ(test::heap_uses() - before, static_cast<std::uint64_t>(*number));
}

}  // namespace
}  // namespace turnpike::worker
