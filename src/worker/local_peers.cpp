#include "turnpike/worker/local_peers.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>

#include "turnpike/kernel/engine_choice.hpp"
#include "turnpike/kernel/interface_watch.hpp"
#include "turnpike/kernel/program.hpp"
#include "turnpike/net/interfaces.hpp"

namespace turnpike::worker {
namespace {

bool is_loopback(const IpAddress& address) { return net::scope_of(address) == net::AddressScope::loopback; }

std::string line(const std::vector<IpAddress>& addresses, const std::string& obstacle) {
  if (addresses.empty()) return "";
  std::vector<std::string> names;
  for (const IpAddress& address : addresses) names.push_back(address.to_string());
  const std::string how = obstacle.empty() ? "the kernel relays, from UDP clients with channels"
                                           : "the sockets relay: " + obstacle;
  return fmt::format("# peers on this host, {}: {}\n", fmt::join(names, ", "), how);
}

}  // namespace

std::string obstacle_to_local_peers(config::Engine setting) {
  const kernel::Obstacles obstacles{kernel::Program::obstacle(), ""};
  std::string of_loopback = "there is no loopback",
              of_others = "no interface is up that the program can be attached to";
  const kernel::InterfaceWatch interfaces;
  for (const kernel::Link& link : interfaces.links()) {
    const auto choice = kernel::choose_engine(setting, link, obstacles);
    const bool is_served = choice.engine != kernel::Engine::sockets;
    if (link.loopback) of_loopback = is_served ? "" : choice.reason;
    if (!link.loopback && is_served) of_others = "";
  }
  return of_loopback.empty() ? of_others : of_loopback;
}

std::string local_peers_text(const std::vector<IpAddress>& allowed, const std::string& obstacle) {
  std::vector<IpAddress> others = allowed, loopback;
  const auto rest = std::ranges::stable_partition(others, std::not_fn(is_loopback));
  loopback.assign(rest.begin(), rest.end());
  others.erase(rest.begin(), rest.end());
  return line(others, obstacle) +
         line(loopback, obstacle.empty() ? "where they are at another address of this host, the kernel does"
                                         : obstacle);
}

}  // namespace turnpike::worker
