#include "turnpike/worker/reserved_sockets.hpp"

#include <utility>

namespace turnpike::worker {

using Lock = std::lock_guard<std::mutex>;

void ReservedSockets::keep(const RelayEndpoint& relay, net::UdpSocket socket) {
  const Lock lock(mutex_);
  sockets_.insert_or_assign(relay, std::move(socket));
}

std::optional<net::UdpSocket> ReservedSockets::take(const RelayEndpoint& relay) {
  const Lock lock(mutex_);
  const auto found = sockets_.find(relay);
  if (found == sockets_.end()) return std::nullopt;
  std::optional<net::UdpSocket> taken = std::move(found->second);
  sockets_.erase(found);
  return taken;
}

std::size_t ReservedSockets::size() {
  const Lock lock(mutex_);
  return sockets_.size();
}

}  // namespace turnpike::worker
