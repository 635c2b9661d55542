// What comes to an echo goes back as it is, singly or in batches, and the books take it as relayed both ways.
#include "load/echo.hpp"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <stdexcept>
#include <thread>

#include "load/fleet.hpp"
#include "load/traffic.hpp"
#include "turnpike/net/udp_socket.hpp"

namespace turnpike::bench {
namespace {

const Endpoint kAnyPort = *Endpoint::parse("127.0.0.1:0");

void send(int fd, const Endpoint& to, Bytes bytes) {
  const net::SockAddr address(to, AF_INET);
  ::sendto(fd, bytes.data(), bytes.size(), 0, address.get(), address.size());
}

// Echoes as long as it lives.
class EchoThread {
 public:
  explicit EchoThread(bool batch) : echo_(kAnyPort, batch) {}
  ~EchoThread() {
    stopping_ = true;
    send(open_udp(kAnyPort).get(), echo_.local(), {});
    thread_.join();
  }
  EchoThread(const EchoThread&) = delete;
  EchoThread& operator=(const EchoThread&) = delete;

  Endpoint local() const { return echo_.local(); }

 private:
  void run() {
    while (!stopping_) echo_.turn();
  }

  Echo echo_;
  std::atomic<bool> stopping_ = false;
  std::thread thread_{[this] { run(); }};
};

Target direct_to(const Endpoint& peer) {
  Target target = Target::parse("direct");
  target.peer = peer;
  return target;
}

TEST(Echo, sends_each_datagram_back_to_where_it_came_from) {
  for (const bool batch : {false, true}) {
    Echo echo(kAnyPort, batch);
    const std::array fds{open_udp(kAnyPort), open_udp(kAnyPort)};
    const std::array<std::uint8_t, 3> bytes{1, 2, 3};
    for (std::size_t size = 0; size <= 3; ++size) {
      for (const auto& fd : fds) send(fd.get(), echo.local(), Bytes(bytes).first(size));
    }
    for (std::size_t done = 0; done < 8;) done += echo.turn();
    for (const auto& fd : fds) {
      for (std::size_t size = 0; size <= 3; ++size) {
        std::array<std::uint8_t, 8> got{};
        ASSERT_EQ(::recv(fd.get(), got.data(), got.size(), MSG_DONTWAIT), static_cast<long>(size)) << batch;
        EXPECT_TRUE(std::equal(got.begin(), got.begin() + static_cast<long>(size), bytes.begin()));
      }
    }
  }
}

TEST(Echo, is_a_peer_whose_packets_count_as_relayed_twice) {
  for (const bool batch : {false, true}) {
    EchoThread echo(batch);
    Progress progress("test", false);
    Fleet fleet(direct_to(echo.local()), {{.clients = 4, .frame_packets = 8}}, progress);
    const TrafficOptions options{
        .warm_up = {}, .measured = std::chrono::milliseconds(100), .segment = false, .processes = {}};
    const TrafficResult result = run_traffic(fleet, options, progress);
    EXPECT_GT(result.totals.received, 100U) << batch;
    EXPECT_EQ(result.totals.lost() + result.totals.corrupt + result.totals.duplicated, 0U) << batch;
    EXPECT_EQ(result.relayed, 2 * result.latency.count()) << batch;
  }
}

TEST(Echo, is_no_peer_for_packets_that_go_one_way) {
  Progress progress("test", false);
  for (const Direction direction : {Direction::to_peer, Direction::to_client}) {
    EXPECT_THROW(Fleet(direct_to(*Endpoint::parse("127.0.0.1:9")), {{.direction = direction}}, progress),
                 std::runtime_error);
  }
}

}  // namespace
}  // namespace turnpike::bench
