#include "turnpike/worker/relay_sockets.hpp"

#include <utility>

namespace turnpike::worker {

Result<net::UdpSocket> RelaySockets::make(const RelayEndpoint& relay) const {
  net::UdpOptions options;
  options.local = relay.plain();
  options.error_queue = true;
  options.gro = gro_;
  return net::UdpSocket::open(options);
}

boost::system::error_code RelaySockets::reserve(const RelayEndpoint& relay) {
  auto socket = make(relay);
  if (!socket) return socket.error();
  reserved_.keep(relay, std::move(*socket));
  return {};
}

boost::system::error_code RelaySockets::open(const RelayEndpoint& relay) {
  auto kept = reserved_.take(relay);
  auto socket = kept ? Result<net::UdpSocket>(std::move(*kept)) : make(relay);
  if (!socket) return socket.error();
  const auto number =
      free_numbers_.empty() ? static_cast<std::uint32_t>(sockets_.size()) : free_numbers_.back();
  if (const auto error = ring_.poller().add(socket->fd(), number)) return error;
  if (free_numbers_.empty()) {
    sockets_.emplace_back(std::move(*socket));
  } else {
    free_numbers_.pop_back();
    sockets_[number].emplace(std::move(*socket));
  }
  by_relay_[relay] = number;
  return {};
}

void RelaySockets::close(const RelayEndpoint& relay) {
  const auto found = by_relay_.find(relay);
  if (found == by_relay_.end()) return;
  sockets_[found->second].reset();
  free_numbers_.push_back(found->second);
  by_relay_.erase(found);
}

std::uint32_t RelaySockets::number_of(const RelayEndpoint& relay) const {
  const auto found = by_relay_.find(relay);
  return found == by_relay_.end() ? kNobody : found->second;
}

std::optional<RelaySockets::Ready> RelaySockets::next_ready() {
  const auto next = ring_.next();
  if (!next) return std::nullopt;
  return Ready{static_cast<std::uint32_t>(next->token), next->error};
}

}  // namespace turnpike::worker
