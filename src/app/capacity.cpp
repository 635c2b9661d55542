#include "turnpike/app/capacity.hpp"

#include <algorithm>
#include <limits>

namespace turnpike::app {
namespace {

constexpr std::uint64_t kDescriptorsOfProcess = 64;  // standard ones, control, engine, log
constexpr std::uint64_t kDescriptorsOfWorker = 8;    // epoll sets, mailbox, netlink

// A listener of streams has a spare one.
std::size_t descriptors_of(const config::ListenConfig& listen) {
  return listen.udp.size() + 2 * (listen.tcp.size() + listen.tls.size());
}

}  // namespace

Capacity capacity_of(const config::Config& config, const Resources& resources) {
  const std::uint64_t own =
      kDescriptorsOfProcess + resources.workers * (kDescriptorsOfWorker + descriptors_of(config.listen));
  const std::uint64_t spare = resources.descriptors - std::min(own, resources.descriptors);
  const std::uint64_t ports = std::uint64_t{config.relay.ports.max} - config.relay.ports.min + 1;
  const std::uint64_t limit =
      config.limits.allocations != 0 ? config.limits.allocations : std::numeric_limits<std::uint64_t>::max();
  const std::uint64_t connections = std::max<std::uint64_t>(spare / 2, 1);  // the rest is for relays
  const std::uint64_t asked = config.limits.connections;
  return {std::min({ports * resources.relay_addresses, limit, spare}),
          asked == 0 ? connections : std::min(asked, connections)};
}

config::Config with_capacity(config::Config config, const Resources& resources) {
  const std::uint64_t connections = capacity_of(config, resources).connections;
  config.limits.connections = static_cast<std::uint32_t>(std::min<std::uint64_t>(connections, UINT32_MAX));
  return config;
}

}  // namespace turnpike::app
