// The floor to compare with: one socket for each client, one system call for each packet, no protocol at all.
#include <fmt/format.h>
#include <sys/socket.h>

#include <array>
#include <cstdlib>
#include <optional>
#include <unordered_map>
#include <vector>

#include "turnpike/base/hash.hpp"
#include "turnpike/net/poller.hpp"
#include "turnpike/net/sockaddr.hpp"
#include "turnpike/net/udp_socket.hpp"

namespace turnpike {
namespace {

constexpr std::size_t kFlowsMax = 4096;
constexpr int kPacketsMax = 16;  // of one socket in a row
constexpr std::uint64_t kListener = kFlowsMax;

struct Flow {
  net::UdpSocket socket;
  net::SockAddr client;
};

class Forwarder {
 public:
  Forwarder(net::UdpSocket listener, const IpAddress& relay, const Endpoint& peer)
      : listener_(std::move(listener)), relay_(relay), peer_(peer, net::socket_family(relay)) {
    flows_.reserve(kFlowsMax);
    poller_.add_or_throw(listener_.fd(), kListener);
  }

  [[noreturn]] void run() {
    for (;;) {
      for (const net::Ready& ready : poller_.wait(std::nullopt)) {
        for (int i = 0; i < kPacketsMax; ++i) {
          if (!(ready.token == kListener ? from_client() : from_peer(flows_[ready.token]))) break;
        }
      }
    }
  }

 private:
  bool from_client() {
    net::SockAddr from;
    const long size = receive(listener_.fd(), from);
    if (size < 0) return false;
    if (const Flow* flow = flow_of(from)) send(flow->socket.fd(), size, peer_);
    return true;
  }

  bool from_peer(const Flow& flow) {
    net::SockAddr from;
    const long size = receive(flow.socket.fd(), from);
    if (size < 0) return false;
    send(listener_.fd(), size, flow.client);
    return true;
  }

  const Flow* flow_of(const net::SockAddr& client) {
    const Endpoint endpoint = client.endpoint();
    if (const auto found = index_.find(endpoint); found != index_.end()) return &flows_[found->second];
    auto socket = net::UdpSocket::open({.local = {relay_, 0}});
    if (flows_.size() == kFlowsMax || !socket) return nullptr;
    index_.emplace(endpoint, flows_.size());
    poller_.add_or_throw(socket->fd(), flows_.size());
    flows_.push_back({std::move(*socket), client});
    return &flows_.back();
  }

  long receive(int fd, net::SockAddr& from) {
    *from.size_out() = net::SockAddr::kCapacity;
    return ::recvfrom(fd, buffer_.data(), buffer_.size(), MSG_DONTWAIT, from.get(), from.size_out());
  }

  void send(int fd, long size, const net::SockAddr& to) {
    ::sendto(fd, buffer_.data(), static_cast<std::size_t>(size), MSG_DONTWAIT, to.get(), to.size());
  }

  net::UdpSocket listener_;
  IpAddress relay_;
  net::SockAddr peer_;
  net::Poller poller_;
  std::vector<Flow> flows_;
  std::unordered_map<Endpoint, std::size_t, ByteHash> index_;
  std::array<std::uint8_t, 2048> buffer_;
};

int run(const char* listen, const char* relay, const char* peer) {
  const auto local = Endpoint::parse(listen);
  const auto from = IpAddress::parse(relay);
  const auto to = Endpoint::parse(peer);
  if (!local || !from || !to) {
    fmt::print(stderr, "usage: udp-forwarder LISTEN_ADDRESS:PORT RELAY_ADDRESS PEER_ADDRESS:PORT\n");
    return 2;
  }
  auto listener = net::UdpSocket::open({.local = *local, .buffer_bytes = 4 << 20});
  if (!listener) {
    fmt::print(stderr, "udp-forwarder: {}: {}\n", listen, listener.error().message());
    return 1;
  }
  Forwarder(std::move(*listener), *from, *to).run();
}

}  // namespace
}  // namespace turnpike

int main(int argc, char** argv) {
  return argc == 4 ? turnpike::run(argv[1], argv[2], argv[3]) : turnpike::run("", "", "");
}
