// The floor for clients behind TCP and TLS: a UDP socket for each connection, ChannelData on one side, a
// fixed peer on the other, no rules at all. A connection is read and written by one call each, frames of one
// size leave and arrive as one datagram that the kernel cuts and joins.
#include <fmt/format.h>
#include <netinet/udp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>
#include <vector>

#include "turnpike/net/listener.hpp"
#include "turnpike/net/poller.hpp"
#include "turnpike/net/receive_batch.hpp"
#include "turnpike/net/sockaddr.hpp"
#include "turnpike/net/tls_session.hpp"
#include "turnpike/net/udp_socket.hpp"
#include "turnpike/stun/channel_data.hpp"
#include "turnpike/stun/framing.hpp"

namespace turnpike {
namespace {

constexpr std::uint16_t kChannel = stun::kChannelMin;
constexpr std::size_t kConnectionsMax = 256;
constexpr std::size_t kReadMax = 128 * 1024;
constexpr std::size_t kRunBytesMax = 65507;
constexpr std::size_t kRunMax = 64;
constexpr std::size_t kBuffersMax = 8;                            // of a relay socket at once
constexpr std::uint64_t kRelayToken = std::uint64_t{1} << 32;     // above those of connections
constexpr std::uint64_t kListenerToken = std::uint64_t{1} << 33;  // the second one speaks TLS

struct Connection {
  net::FileDescriptor fd;
  net::UdpSocket relay;
  std::optional<net::TlsSession> tls;
  std::vector<std::uint8_t> rest;  // of a frame that is incomplete
};

class Forwarder {
 public:
  Forwarder(std::vector<net::Listener> listeners, const net::TlsContext& tls, const IpAddress& relay,
            const Endpoint& peer)
      : listeners_(std::move(listeners)),
        tls_(tls),
        relay_(relay),
        peer_(peer, net::socket_family(relay)),
        in_(2 * kReadMax),
        batch_(kBuffersMax) {
    for (std::size_t i = 0; i < listeners_.size(); ++i)
      poller_.add_or_throw(listeners_[i].fd(), kListenerToken | i);
  }

  [[noreturn]] void run() {
    for (;;) {
      for (const net::Ready& ready : poller_.wait(std::nullopt)) {
        const auto index = static_cast<std::uint32_t>(ready.token);
        if ((ready.token & kListenerToken) != 0) {
          accept(index);
        } else if (connections_[index] &&
                   !((ready.token & kRelayToken) != 0 ? from_peer(*connections_[index])
                                                      : from_client(*connections_[index]))) {
          connections_[index].reset();
        }
      }
    }
  }

 private:
  void accept(std::size_t listener) {
    auto accepted = listeners_[listener].accept();
    auto relay = net::UdpSocket::open({.local = {relay_, 0}, .gro = true});
    if (!accepted || !accepted->fd || !relay) return;
    auto connection = std::make_unique<Connection>(
        Connection{std::move(accepted->fd), std::move(*relay), std::nullopt, {}});
    if (listener == 1) connection->tls.emplace(tls_, connection->fd.get());
    poller_.add_or_throw(connection->fd.get(), connections_.size());
    poller_.add_or_throw(connection->relay.fd(), kRelayToken | connections_.size());
    connections_.push_back(std::move(connection));
  }

  bool from_client(Connection& connection) {
    std::ranges::copy(connection.rest, in_.begin());
    const MutableBytes target = MutableBytes(in_).subspan(connection.rest.size(), kReadMax);
    long count = 0;
    if (connection.tls) {
      const net::IoResult result = connection.tls->read(target);
      if (result.state == net::IoResult::State::closed) return false;
      count = static_cast<long>(result.bytes);
    } else {
      count = ::recv(connection.fd.get(), target.data(), target.size(), MSG_DONTWAIT);
      if (count == 0) return false;
    }
    if (count < 0) return true;
    Bytes received = Bytes(in_).first(connection.rest.size() + static_cast<std::size_t>(count));
    for (;;) {
      const auto frame = stun::next_frame(received, false);
      if (!frame) return false;
      if (!*frame || (*frame)->wire_size > received.size()) break;
      push(connection, received.first((*frame)->size).subspan(stun::kChannelHeaderSize));
      received = received.subspan((*frame)->wire_size);
    }
    send_run(connection);
    connection.rest.assign(received.begin(), received.end());
    return true;
  }

  void push(const Connection& connection, Bytes payload) {
    const bool fits = used_ == 0 || (used_ < kRunMax && payload.size() == pieces_[0].iov_len &&
                                     (used_ + 1) * payload.size() <= kRunBytesMax);
    if (!fits) send_run(connection);
    pieces_[used_++] = {const_cast<std::uint8_t*>(payload.data()), payload.size()};
  }

  void send_run(const Connection& connection) {
    if (used_ == 0) return;
    msghdr header{};
    header.msg_name = peer_.get();
    header.msg_namelen = peer_.size();
    header.msg_iov = pieces_.data();
    header.msg_iovlen = used_;
    alignas(cmsghdr) std::array<std::uint8_t, CMSG_SPACE(sizeof(std::uint16_t))> control{};
    if (used_ > 1) {
      header.msg_control = control.data();
      header.msg_controllen = control.size();
      cmsghdr* const segment = CMSG_FIRSTHDR(&header);
      *segment = {
          .cmsg_len = CMSG_LEN(sizeof(std::uint16_t)), .cmsg_level = IPPROTO_UDP, .cmsg_type = UDP_SEGMENT};
      const auto size = static_cast<std::uint16_t>(pieces_[0].iov_len);
      std::memcpy(CMSG_DATA(segment), &size, sizeof size);
    }
    ::sendmsg(connection.relay.fd(), &header, MSG_DONTWAIT);
    used_ = 0;
  }

  bool from_peer(Connection& connection) {
    out_.clear();
    headers_.clear();
    headers_.reserve(kBuffersMax * net::kSegmentsMax);
    for (const net::Datagram& datagram : batch_.receive(connection.relay)) {
      auto& header = headers_.emplace_back();
      stun::write_channel_header(header, kChannel, datagram.payload.size());
      out_.push_back({header.data(), header.size()});
      out_.push_back({const_cast<std::uint8_t*>(datagram.payload.data()), datagram.payload.size()});
    }
    batch_.reset();
    return connection.tls ? write_records(connection) : write_all(connection.fd.get());
  }

  bool write_all(int fd) {
    for (std::span<iovec> left = out_; !left.empty();) {
      msghdr header{};
      header.msg_iov = left.data();
      header.msg_iovlen = std::min<std::size_t>(left.size(), IOV_MAX);
      const long sent = ::sendmsg(fd, &header, MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent < 0 && errno != EAGAIN) return false;
      if (sent < 0) wait_for(fd);
      for (auto bytes = static_cast<std::size_t>(std::max(sent, 0L)); bytes > 0;) {
        const std::size_t count = std::min(bytes, left[0].iov_len);
        left[0] = {static_cast<std::uint8_t*>(left[0].iov_base) + count, left[0].iov_len - count};
        bytes -= count;
        if (left[0].iov_len == 0) left = left.subspan(1);
      }
    }
    return true;
  }

  bool write_records(Connection& connection) {
    record_.clear();
    for (const iovec& piece : out_) {
      const auto* const bytes = static_cast<const std::uint8_t*>(piece.iov_base);
      record_.insert(record_.end(), bytes, bytes + piece.iov_len);
    }
    for (Bytes left = record_; !left.empty();) {
      const net::IoResult result = connection.tls->write(left);
      if (result.state == net::IoResult::State::closed) return false;
      if (result.state != net::IoResult::State::ready) wait_for(connection.fd.get());
      left = left.subspan(result.bytes);
    }
    return true;
  }

  static void wait_for(int fd) {
    pollfd writable{.fd = fd, .events = POLLOUT, .revents = 0};
    ::poll(&writable, 1, -1);
  }

  std::vector<net::Listener> listeners_;
  const net::TlsContext& tls_;
  IpAddress relay_;
  net::SockAddr peer_;
  net::Poller poller_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::vector<std::uint8_t> in_;
  std::vector<std::uint8_t> record_;
  net::ReceiveBatch batch_;
  std::vector<std::array<std::uint8_t, stun::kChannelHeaderSize>> headers_;
  std::vector<iovec> out_;
  std::array<iovec, kRunMax> pieces_;
  std::size_t used_ = 0;
};

int run(char** arguments) {
  const auto plain = Endpoint::parse(arguments[1]);
  const auto secure = Endpoint::parse(arguments[2]);
  const auto from = IpAddress::parse(arguments[3]);
  const auto to = Endpoint::parse(arguments[4]);
  if (!plain || !secure || !from || !to) return 2;
  const net::TlsContext tls({.certificate = arguments[5], .key = arguments[6]});
  std::vector<net::Listener> listeners;
  for (const Endpoint& local : {*plain, *secure}) {
    auto listener = net::Listener::open({.local = local});
    if (!listener) {
      fmt::print(stderr, "stream-forwarder: {}: {}\n", local.to_string(), listener.error().message());
      return 1;
    }
    listeners.push_back(std::move(*listener));
  }
  Forwarder(std::move(listeners), tls, *from, *to).run();
}

}  // namespace
}  // namespace turnpike

int main(int argc, char** argv) {
  if (argc == 7) return turnpike::run(argv);
  fmt::print(stderr,
             "usage: stream-forwarder ADDRESS:PORT ADDRESS:TLS_PORT RELAY_ADDRESS PEER_ADDRESS:PORT "
             "CERTIFICATE KEY\n");
  return 2;
}
