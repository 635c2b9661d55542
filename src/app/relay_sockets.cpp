#include "turnpike/app/relay_sockets.hpp"

namespace turnpike::app {

RelaySockets::Opened RelaySockets::open(const Endpoint& relay) {
  net::UdpOptions options;
  options.local = relay;
  options.error_queue = true;
  auto socket = net::UdpSocket::open(options);
  if (!socket) {
    const bool in_use = socket.error() == boost::system::errc::address_in_use;
    return {in_use ? turn::OpenOutcome::in_use : turn::OpenOutcome::failed};
  }
  std::uint32_t slot;
  if (free_slots_.empty()) {
    slot = static_cast<std::uint32_t>(slots_.size());
    slots_.emplace_back(std::move(*socket));
  } else {
    slot = free_slots_.back();
    free_slots_.pop_back();
    slots_[slot].emplace(std::move(*socket));
  }
  by_relay_[relay] = slot;
  return {turn::OpenOutcome::opened, slot};
}

void RelaySockets::close(const Endpoint& relay) {
  const auto found = by_relay_.find(relay);
  if (found == by_relay_.end()) return;
  slots_[found->second].reset();
  free_slots_.push_back(found->second);
  by_relay_.erase(found);
}

const net::UdpSocket* RelaySockets::find(const Endpoint& relay) const {
  const auto found = by_relay_.find(relay);
  return found == by_relay_.end() ? nullptr : at(found->second);
}

const net::UdpSocket* RelaySockets::at(std::uint32_t slot) const { return slot < slots_.size() && slots_[slot] ? &*slots_[slot] : nullptr; }

}  // namespace turnpike::app
