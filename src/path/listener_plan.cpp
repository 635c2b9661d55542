#include "turnpike/path/listener_plan.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "turnpike/net/sockaddr.hpp"

namespace turnpike::path {
namespace {

bool are_of_one_kind(Transport one, Transport other) { return is_stream(one) == is_stream(other); }

std::vector<WantedListener> all_of(const config::ListenConfig& config) {
  std::vector<WantedListener> wanted;
  for (const Endpoint& local : config.udp) wanted.push_back({"listen.udp", Transport::udp, local});
  for (const Endpoint& local : config.tcp) wanted.push_back({"listen.tcp", Transport::tcp, local});
  for (const Endpoint& local : config.tls) wanted.push_back({"listen.tls", Transport::tls, local});
  return wanted;
}

// What `is_same` finds of those that are left is taken from them.
template <class IsSame>
void match(std::vector<WantedListener>& wanted, std::vector<OpenListener>& left, IsSame is_same,
           std::vector<ListenerName>& turned) {
  for (WantedListener& each : wanted) {
    if (each.local) continue;
    const auto found =
        std::ranges::find_if(left, [&](const OpenListener& open) { return is_same(each, open); });
    if (found == left.end()) continue;
    each.local = found->name.local;
    if (found->name.transport != each.transport) turned.push_back({each.transport, found->name.local});
    left.erase(found);
  }
}

// An IPv6 wildcard is bound for IPv4, too.
bool covers(const IpAddress& wildcard, const IpAddress& address) {
  return net::is_wildcard(wildcard) && (wildcard.is_v6() || address.is_v4());
}

}  // namespace

std::string to_string(const ListenerName& name) {
  return fmt::format("{}:{}", to_string(name.transport), name.local.to_string());
}

ListenerPlan plan_listeners(const std::vector<OpenListener>& open, const config::ListenConfig& config) {
  ListenerPlan plan{all_of(config), {}, {}};
  std::vector<OpenListener> left = open;
  const auto stays = [](const WantedListener& wanted, const OpenListener& each) {
    return wanted.transport == each.name.transport && wanted.configured == each.configured;
  };
  const auto turns = [](const WantedListener& wanted, const OpenListener& each) {
    return are_of_one_kind(wanted.transport, each.name.transport) && wanted.configured == each.configured;
  };
  match(plan.wanted, left, stays, plan.turned);
  match(plan.wanted, left, turns, plan.turned);
  for (const OpenListener& each : left) plan.closed.push_back(each.name);
  return plan;
}

bool overlap(const WantedListener& wanted, const OpenListener& open) {
  const IpAddress& one = wanted.configured.address;
  const IpAddress& other = open.name.local.address;
  return are_of_one_kind(wanted.transport, open.name.transport) &&
         wanted.configured.port == open.name.local.port &&
         (one == other || covers(one, other) || covers(other, one));
}

}  // namespace turnpike::path
