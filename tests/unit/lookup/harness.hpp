// Coroutines run to their end, and a STUN server that says what a test wants.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <thread>
#include <utility>

#include "turnpike/base/endpoint.hpp"
#include "turnpike/net/asio.hpp"
#include "turnpike/net/receive_batch.hpp"
#include "turnpike/net/sockaddr.hpp"
#include "turnpike/net/udp_socket.hpp"
#include "turnpike/stun/builder.hpp"
#include "turnpike/stun/message.hpp"

namespace turnpike::lookup {

inline IpAddress address(const char* text) { return *IpAddress::parse(text); }

template <class T>
T run(boost::asio::awaitable<T> work) {
  boost::asio::io_context context(1);
  auto result = boost::asio::co_spawn(context, std::move(work), boost::asio::use_future);
  context.run();
  return result.get();
}

// Says to everybody that asks, `after` so many requests, that it is seen as this address.
class StunServer {
 public:
  explicit StunServer(const IpAddress& seen, int deaf_to = 0)
      : socket_(*net::UdpSocket::open({.local = {address("127.0.0.1"), 0}})),
        thread_([this, seen, deaf_to] { serve(seen, deaf_to); }) {}
  ~StunServer() {
    stopping_ = true;
    thread_.join();
  }
  StunServer(const StunServer&) = delete;
  StunServer& operator=(const StunServer&) = delete;

  const Endpoint& at() const { return socket_.local(); }

 private:
  void serve(const IpAddress& seen, int deaf_to) {
    net::ReceiveBatch batch(4);
    while (!stopping_) {
      batch.reset();
      for (const net::Datagram& request : batch.receive(socket_)) {
        if (deaf_to-- > 0) continue;
        answer(request, seen);
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }
  void answer(const net::Datagram& datagram, const IpAddress& seen) {
    const auto request = stun::MessageView::parse(datagram.payload);
    ASSERT_TRUE(request);
    std::array<std::uint8_t, 64> buffer{};
    stun::MessageBuilder response(buffer, stun::Method::binding, stun::Class::success,
                                  request->transaction_id());
    response.add_xor_address(stun::Attr::xor_mapped_address, {seen, datagram.from.port});
    const Bytes bytes = response.bytes();
    const net::SockAddr to(datagram.from, socket_.family());
    static_cast<void>(::sendto(socket_.fd(), bytes.data(), bytes.size(), 0, to.get(), to.size()));
  }

  net::UdpSocket socket_;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

}  // namespace turnpike::lookup
