// One packet at a time, each harmed in one way at most.
#include "unit/bench/harmful_forwarder.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <array>

namespace turnpike::bench {
namespace {

const IpAddress kLoopback = IpAddress::v4(127, 0, 0, 1);

}  // namespace

HarmfulForwarder::HarmfulForwarder(const Harm& rates, std::uint16_t peer_port)
    : rates_(rates),
      socket_(net::UdpSocket::open({.local = {kLoopback, 0}, .buffer_bytes = 1 << 20}).value()),
      peer_({kLoopback, peer_port}, AF_INET),
      thread_([this] { run(); }) {}

HarmfulForwarder::~HarmfulForwarder() { stop(); }

Harm HarmfulForwarder::stop() {
  stopping_ = true;
  if (thread_.joinable()) thread_.join();
  return done_;
}

void HarmfulForwarder::run() {
  std::array<std::uint8_t, 2048> buffer;
  while (!stopping_) {
    pollfd wait{.fd = socket_.fd(), .events = POLLIN, .revents = 0};
    ::poll(&wait, 1, 10);
    for (;;) {
      net::SockAddr from;
      const long size =
          ::recvfrom(socket_.fd(), buffer.data(), buffer.size(), MSG_DONTWAIT, from.get(), from.size_out());
      if (size < 0) break;
      forward({buffer.begin(), buffer.begin() + size}, from.endpoint());
    }
  }
}

void HarmfulForwarder::forward(std::vector<std::uint8_t> packet, const Endpoint& client) {
  std::uint32_t dice = random_.below(1000);
  const auto falls_to = [&](std::uint32_t rate) {
    const bool yes = dice < rate;
    dice = yes ? UINT32_MAX : dice - rate;
    return yes;
  };
  if (const auto held = held_.find(client); held != held_.end()) {
    send(packet);
    send(held->second);
    held_.erase(held);
    ++done_.swapped;
  } else if (falls_to(rates_.dropped)) {
    ++done_.dropped;
  } else if (falls_to(rates_.copied)) {
    send(packet);
    send(packet);
    ++done_.copied;
  } else if (falls_to(rates_.swapped)) {
    held_[client] = std::move(packet);
  } else {
    if (falls_to(rates_.changed)) {
      packet[random_.below(static_cast<std::uint32_t>(packet.size()))] ^=
          static_cast<std::uint8_t>(1U << random_.below(8));
      ++done_.changed;
    }
    send(packet);
  }
}

void HarmfulForwarder::send(const std::vector<std::uint8_t>& packet) {
  ::sendto(socket_.fd(), packet.data(), packet.size(), 0, peer_.get(), peer_.size());
}

}  // namespace turnpike::bench
