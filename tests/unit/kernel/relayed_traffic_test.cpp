// The program between real network devices: a client, a server and a peer in namespaces of their own, joined
// by veth devices.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/ethtool.h>
#include <linux/if_packet.h>
#include <linux/sockios.h>
#include <sched.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <string>
#include <thread>

#include "own_network.hpp"
#include "relay_world.hpp"
#include "turnpike/net/bound_socket.hpp"
#include "turnpike/net/sockaddr.hpp"

namespace turnpike::kernel {
namespace {

using net::FileDescriptor;

// It lives as long as its descriptor. Constructing one moves the calling thread there.
class Namespace {
 public:
  Namespace() {
    if (::unshare(CLONE_NEWNET) == 0)
      descriptor_ = FileDescriptor(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
  }
  explicit operator bool() const { return static_cast<bool>(descriptor_); }
  void enter() const { ASSERT_EQ(::setns(descriptor_.get(), CLONE_NEWNET), 0); }
  std::string path() const {
    return "/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(descriptor_.get());
  }

 private:
  FileDescriptor descriptor_;
};

void set_checksum_offload(const char* device, bool on) {
  const FileDescriptor control(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ethtool_value value{ETHTOOL_STXCSUM, on ? 1U : 0U};
  ifreq request{};
  std::strcpy(request.ifr_name, device);
  request.ifr_data = reinterpret_cast<char*>(&value);
  ASSERT_EQ(::ioctl(control.get(), SIOCETHTOOL, &request), 0) << device;
}

// Whole frames that arrive at a device.
FileDescriptor open_capture(const char* device) {
  FileDescriptor capture(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ETH_P_ALL)));
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(ETH_P_ALL);
  address.sll_ifindex = static_cast<int>(index_of(device));
  EXPECT_EQ(::bind(capture.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  return capture;
}

// The next UDP datagram that reaches a port; nothing within a second, or if anything is wrong with its
// headers.
std::optional<Datagram> capture_datagram(const FileDescriptor& capture, std::uint16_t port) {
  while (is_readable(capture.get(), 1000)) {
    Buffer frame(2000);
    sockaddr_ll from{};
    socklen_t from_size = sizeof from;
    const ssize_t size = ::recvfrom(capture.get(), frame.data(), frame.size(), 0,
                                    reinterpret_cast<sockaddr*>(&from), &from_size);
    if (size < 0) return std::nullopt;
    frame.resize(static_cast<std::size_t>(size));
    if (from.sll_pkttype != PACKET_HOST || frame.size() < 42) continue;
    const bool is_v4 = load_be16(&frame[12]) == 0x0800;
    const std::size_t udp = kEthernetSize + (is_v4 ? 20 : 40);
    const std::uint8_t protocol = frame[kEthernetSize + (is_v4 ? 9 : 6)];
    if (protocol == IPPROTO_UDP && load_be16(&frame[udp + 2]) == port) return read_frame(frame);
  }
  return std::nullopt;
}

class RelayedTraffic : public testing::Test, protected RelayWorld {
 protected:
  void SetUp() override {
    if (!kernel.program) GTEST_SKIP() << kernel.reason_to_skip;
  }

  // Calls `test` in the server's namespace, with the program on both of its devices, `toclient` and `topeer`.
  void on_three_hosts(const std::function<void()>& test, bool crosses = false) {
    std::string obstacle;
    std::thread([&] {
      client_.emplace();
      peer_.emplace();
      server_.emplace();
      if (!client_->space || !peer_->space || !*server_) {
        obstacle = "needs network namespaces";
      } else if (!join_hosts()) {
        obstacle = "needs the ip command and veth devices";
      } else {
        install(crosses);
        test();
        for (const char* device : {"toclient", "topeer"}) kernel.program->detach(index_of(device));
      }
      client_.reset();
      peer_.reset();
      server_.reset();
    }).join();
    if (!obstacle.empty()) GTEST_SKIP() << obstacle;
  }

  // From a socket of the client or the peer.
  void send(const Datagram& datagram) {
    host_of(datagram.from).space.enter();
    const auto sender = net::open_bound_socket(SOCK_DGRAM, datagram.from, {});
    server_->enter();
    ASSERT_TRUE(sender);
    const net::SockAddr to(datagram.to, datagram.to.address.is_v4() ? AF_INET : AF_INET6);
    const auto size = static_cast<ssize_t>(datagram.payload.size());
    ASSERT_EQ(
        ::sendto(sender->get(), datagram.payload.data(), datagram.payload.size(), 0, to.get(), to.size()),
        size);
  }

  void let_senders_compute_checksums() {
    for (const Host* host : {&*client_, &*peer_}) {
      host->space.enter();
      set_checksum_offload("eth0", false);
    }
    server_->enter();
  }

  void expect_every_packet_alike() {
    for (const std::size_t size : {0, 1, 2, 3, 4, 5, 31, 160, 999, 1200, 1400}) {
      for (const relay::Route& route : routes) {
        for (Datagram datagram : {from_client(route, some_bytes(size)), from_peer(route, some_bytes(size))}) {
          SCOPED_TRACE(testing::Message() << size << " bytes from " << datagram.from.to_string() << " to "
                                          << datagram.to.to_string());
          datagram.dont_fragment = datagram.from.address.is_v4();  // as sockets do by default
          const std::uint64_t relayed_before = kernel.count("relayed");
          send(datagram);
          const Datagram expected = by_forwarder(datagram).value();
          const auto arrived = capture_datagram(host_of(expected.to).capture, expected.to.port);
          EXPECT_EQ(kernel.count("relayed"), relayed_before + 1);
          ASSERT_TRUE(arrived);
          ASSERT_TRUE(*arrived == expected);
        }
      }
    }
  }

  struct Host {
    Namespace space;
    FileDescriptor capture;
  };
  const Host& host_of(const Endpoint& endpoint) const {
    return endpoint.port == routes[0].peer.port ? *peer_ : *client_;
  }

  std::optional<Namespace> server_;
  std::optional<Host> client_, peer_;

 private:
  bool join_hosts() {
    return ip("link set lo up") &&
           join(*client_, "toclient", routes[0].client.client.plain(), routes[3].client.client.plain()) &&
           join(*peer_, "topeer", routes[0].peer.plain(), routes[3].peer.plain());
  }

  // Routes to single addresses; ARP and ND find the neighbours.
  bool join(Host& host, const std::string& device, const Endpoint& v4, const Endpoint& v6) {
    const std::string of_server[] = {"203.0.113.1", "2001:db8:5::1"},
                      of_host[] = {v4.address.to_string(), v6.address.to_string()};
    server_->enter();
    bool done = ip("link add " + device + " type veth peer name eth0 netns " + host.space.path()) &&
                ip("link set " + device + " up");
    for (int i = 0; i < 2; ++i) {
      done = done && ip("address add " + of_server[i] + (i == 0 ? "/32" : "/128 nodad") + " dev " + device);
    }
    host.space.enter();
    done = done && ip("link set lo up") && ip("link set eth0 up");
    for (int i = 0; i < 2; ++i) {
      done = done && ip("address add " + of_host[i] + (i == 0 ? "/32" : "/128 nodad") + " dev eth0") &&
             ip("route add " + of_server[i] + " dev eth0");
    }
    if (done) host.capture = open_capture("eth0");
    server_->enter();
    for (int i = 0; i < 2; ++i) done = done && ip("route add " + of_host[i] + " dev " + device);
    return done;
  }

  void install(bool crosses) {
    const TimePoint now = clock_now(), later = now + std::chrono::hours(1);
    for (const char* device : {"toclient", "topeer"})
      ASSERT_EQ(kernel.program->attach(Hook::tc, index_of(device)), "");
    for (const FlowId id : ids) flows->remove(id, now);
    ids.clear();
    for (const relay::Route& route : routes) {
      Flow to_peer = flow_to_peer(route), to_client = flow_to_client(route);
      to_peer.next_hop.interface = index_of("topeer");
      to_client.next_hop.interface = index_of("toclient");
      to_peer.entrance.interface = index_of("toclient");
      to_client.entrance.interface = index_of("topeer");
      to_peer.next_hop.crosses = to_client.next_hop.crosses = crosses;
      for (const Flow& flow : {to_peer, to_client}) ids.push_back(*flows->add(flow, later, now));
    }
  }
};

// Senders leave their checksums to the device, and the server's device leaves them to the kernel: so they are
// complete on arrival.
TEST_F(RelayedTraffic, arrives_whole_where_senders_leave_checksums_to_the_device) {
  on_three_hosts([this] {
    for (const char* device : {"toclient", "topeer"}) set_checksum_offload(device, false);
    expect_every_packet_alike();
  });
}

TEST_F(RelayedTraffic, arrives_whole_where_senders_compute_their_checksums) {
  on_three_hosts([this] {
    let_senders_compute_checksums();
    expect_every_packet_alike();
  });
}

TEST_F(RelayedTraffic, arrives_whole_where_it_crosses_to_the_other_namespace_without_the_neighbours) {
  const auto test = [this] {
    let_senders_compute_checksums();
    expect_every_packet_alike();
  };
  on_three_hosts(test, true);
}

TEST_F(RelayedTraffic, reaches_the_sockets_of_the_server_when_its_flow_is_gone) {
  on_three_hosts([this] {
    for (const FlowId id : ids) flows->extend(id, clock_now() - std::chrono::seconds(1));
    for (const relay::Route& route : routes) {
      for (const Datagram& datagram :
           {from_client(route, some_bytes(100)), from_peer(route, some_bytes(100))}) {
        const auto socket = net::open_bound_socket(SOCK_DGRAM, datagram.to, {});
        ASSERT_TRUE(socket);
        const std::uint64_t expired_before = kernel.count("expired");
        send(datagram);
        EXPECT_EQ(kernel.count("expired"), expired_before + 1);
        Buffer received(2000);
        ASSERT_TRUE(is_readable(socket->get(), 1000));
        received.resize(static_cast<std::size_t>(::recv(socket->get(), received.data(), received.size(), 0)));
        EXPECT_EQ(received, datagram.payload);
      }
    }
  });
}

}  // namespace
}  // namespace turnpike::kernel
