// Short words for what the UDP tests do all the time.
#pragma once

#include <gtest/gtest.h>
#include <poll.h>

#include <string>
#include <vector>

#include "turnpike/net/receive_batch.hpp"
#include "turnpike/net/send_queue.hpp"
#include "turnpike/net/udp_socket.hpp"

namespace turnpike::net {

inline Endpoint at(const char* text) { return Endpoint::parse(text).value(); }

inline UdpSocket open_udp(const char* local, UdpOptions options = {}) {
  options.local = at(local);
  return UdpSocket::open(options).value();
}

inline bool has_ipv6_loopback() { return UdpSocket::open({.local = at("[::1]:0")}).has_value(); }

inline bool readable(int fd, int timeout_ms = 1000) {
  pollfd wanted{.fd = fd, .events = POLLIN, .revents = 0};
  return ::poll(&wanted, 1, timeout_ms) == 1;
}

// What the kernel delivers has arrived by the time it is asked for, or it never will: the waits are only for
// a loaded machine.
inline std::vector<std::string> texts_received(const UdpSocket& socket, std::size_t expected) {
  std::vector<std::string> texts;
  ReceiveBatch batch;
  while (texts.size() < expected && readable(socket.fd())) {
    const auto received = batch.receive(socket);
    if (received.empty()) break;
    for (const auto& datagram : received) texts.emplace_back(as_text(datagram.payload));
    batch.reset();
  }
  return texts;
}

inline void send_text(const UdpSocket& socket, const char* text, const Endpoint& to,
                      const SendOptions& options = {}) {
  SendQueue queue;
  queue.push(socket, as_bytes(text), to, options);
  queue.flush();
}

}  // namespace turnpike::net
