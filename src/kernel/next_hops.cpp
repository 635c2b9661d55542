#include "turnpike/kernel/next_hops.hpp"

#include <linux/rtnetlink.h>

#include <algorithm>
#include <limits>

#include "turnpike/net/interfaces.hpp"

namespace turnpike::kernel {
namespace {

constexpr std::size_t kAnswersMax = 65536;  // then all are forgotten: clients can make up peers without end

// Whatever may change the answer to a question. Addresses, for a source must be one of this host.
constexpr int kGroups[] = {RTNLGRP_LINK,       RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR,
                           RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV6_ROUTE,  RTNLGRP_IPV4_RULE,
                           RTNLGRP_IPV6_RULE,  RTNLGRP_NEXTHOP,     RTNLGRP_NEIGH};

bool leaves_by_a_link(const RouteAnswer& route) {
  return route.type == RTN_UNICAST && route.interface != 0 && !route.encapsulated;
}

// What has a loopback address at either end the stack takes from sockets alone.
bool stays_here(const RouteAnswer& route, const AddressPair& pair) {
  const auto is_loopback = [](const IpAddress& address) {
    return net::scope_of(address) == net::AddressScope::loopback;
  };
  return route.type == RTN_LOCAL && route.interface != 0 && !is_loopback(pair.from) && !is_loopback(pair.to);
}

}  // namespace

NextHops::NextHops() : events_(kGroups) {}

bool NextHops::on_ready() {
  changed_ = false;
  const bool whole = events_.drain([this](const nlmsghdr& message) { learn(message); });
  if (whole) return changed_;
  links_.clear();
  forget();
  return true;
}

bool NextHops::look_again() {
  if (!hop_limits_.look_again()) return false;
  forget();
  return true;
}

void NextHops::forget() {
  answers_.clear();
  neighbours_.clear();
  takes_frames_.clear();
  hop_limits_.forget();
}

void NextHops::learn(const nlmsghdr& message) {
  switch (message.nlmsg_type) {
    case RTM_NEWNEIGH:
    case RTM_DELNEIGH: return learn_neighbour(message);
    case RTM_NEWLINK:
    case RTM_DELLINK: return learn_link(message);
    default: break;
  }
  forget();
  changed_ = true;
}

// Links tell of much that is of no interest here.
void NextHops::learn_link(const nlmsghdr& message) {
  const auto link = parse_link(message);
  if (!link) {
    links_.clear();
  } else if (message.nlmsg_type == RTM_DELLINK) {
    links_.erase(link->index);
  } else if (Link& known = links_[link->index]; known != *link) {
    known = *link;
  } else {
    return;
  }
  forget();
  changed_ = true;
}

// Of the many neighbours those count that were asked for: answers are found with what is known of them then.
void NextHops::learn_neighbour(const nlmsghdr& message) {
  const auto neighbour = parse_neighbour(message);
  if (!neighbour) return;
  const auto known = neighbours_.find({neighbour->interface, neighbour->address});
  if (known == neighbours_.end()) return;
  const MacAddress mac = message.nlmsg_type == RTM_NEWNEIGH ? neighbour->mac : MacAddress{};
  changed_ |= known->second != mac;
  known->second = mac;
}

std::vector<HopAnswer> NextHops::answer(std::span<const HopQuestion> questions) {
  std::vector<HopAnswer> answers;
  for (const HopQuestion& each : questions)
    answers.push_back({each, find(each.to_client), find(each.to_peer)});
  return answers;
}

std::optional<NextHop> NextHops::find(const AddressPair& pair) {
  auto known = answers_.find(pair);
  if (known == answers_.end()) {
    if (answers_.size() >= kAnswersMax) forget();
    known = answers_.emplace(pair, ask(pair)).first;
  }
  std::optional<NextHop> hop = known->second;
  if (hop && !hop->is_local) hop->neighbour_mac = neighbour(hop->interface, hop->gateway);
  return hop;
}

std::optional<NextHop> NextHops::ask(const AddressPair& pair) {
  // Without a zone the kernel would take any link; the sockets send nothing there either.
  if (net::scope_of(pair.to) == net::AddressScope::link_local && pair.to.is_v6()) return std::nullopt;
  std::optional<RouteAnswer> route;
  const bool answered = questions_.ask(ask_route(pair.from, pair.to), [&](const nlmsghdr& message) {
    if (message.nlmsg_type == RTM_NEWROUTE) route = parse_route(message);
  });
  if (!answered || !route) return std::nullopt;
  const bool is_local = stays_here(*route, pair);
  if (!is_local && !leaves_by_a_link(*route)) return std::nullopt;
  const Link* out = link(route->interface);
  if (out == nullptr || out->loopback != is_local) return std::nullopt;

  NextHop hop;
  hop.interface = route->interface;
  hop.gateway = route->gateway.family() == Family::none ? pair.to : route->gateway;
  const std::uint32_t mtu = route->mtu == 0 ? out->mtu : route->mtu;
  hop.mtu =
      static_cast<std::uint16_t>(std::min<std::uint32_t>(mtu, std::numeric_limits<std::uint16_t>::max()));
  hop.own_mac = out->mac;
  hop.takes_frames = !is_local && takes_frames(*out);
  hop.hop_limit = route->hop_limit != 0 ? static_cast<std::uint8_t>(route->hop_limit)
                                        : hop_limits_.default_of(pair.to.family(), out->name);
  hop.crosses = out->kind == "veth" && out->crosses;
  hop.is_local = is_local;
  return hop;
}

// A veth device takes them only while its other end is ready for them, and may cease to without a word.
bool NextHops::takes_frames(const Link& link) {
  if (link.kind == "veth") return false;
  if (const auto known = takes_frames_.find(link.index); known != takes_frames_.end()) return known->second;
  return takes_frames_[link.index] = features_.takes_frames(link.index);
}

MacAddress NextHops::neighbour(std::uint32_t interface, const IpAddress& address) {
  const auto known = neighbours_.find({interface, address});
  if (known != neighbours_.end()) return known->second;
  MacAddress mac{};
  const bool answered = questions_.ask(ask_neighbour(interface, address), [&](const nlmsghdr& message) {
    if (const auto neighbour = message.nlmsg_type == RTM_NEWNEIGH ? parse_neighbour(message) : std::nullopt)
      mac = neighbour->mac;
  });
  return neighbours_[{interface, address}] = answered ? mac : MacAddress{};
}

const Link* NextHops::link(std::uint32_t index) {
  if (const auto known = links_.find(index); known != links_.end()) return &known->second;
  std::optional<Link> link;
  const bool answered = questions_.ask(ask_link(index), [&](const nlmsghdr& message) {
    if (message.nlmsg_type == RTM_NEWLINK) link = parse_link(message);
  });
  return answered && link ? &(links_[index] = *link) : nullptr;
}

}  // namespace turnpike::kernel
