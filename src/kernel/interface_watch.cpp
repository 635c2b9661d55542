#include "turnpike/kernel/interface_watch.hpp"

#include <linux/rtnetlink.h>

#include <algorithm>
#include <map>

namespace turnpike::kernel {
namespace {

constexpr int kGroups[] = {RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR};

}  // namespace

InterfaceWatch::InterfaceWatch() : events_(kGroups) { list_ = ask(); }

// What a notification says is asked for again: so it does not matter whether one was lost.
bool InterfaceWatch::on_ready() {
  bool heard = false;
  const bool whole = events_.drain([&](const nlmsghdr&) { heard = true; });
  if (whole && !heard) return false;
  auto list = ask();
  if (list == list_) return false;
  list_ = std::move(list);
  return true;
}

std::vector<Interface> InterfaceWatch::ask() {
  std::map<std::uint32_t, Interface> found;
  const bool links = questions_.ask(ask_all_links(), [&](const nlmsghdr& message) {
    const auto link = message.nlmsg_type == RTM_NEWLINK ? parse_link(message) : std::nullopt;
    if (link) found[link->index].link = *link;
  });
  const bool addresses = questions_.ask(ask_all_addresses(), [&](const nlmsghdr& message) {
    const auto address = message.nlmsg_type == RTM_NEWADDR ? parse_address(message) : std::nullopt;
    if (const auto owner = address ? found.find(address->interface) : found.end(); owner != found.end()) {
      owner->second.addresses.push_back(address->address);
    }
  });
  if (!links || !addresses) return list_;
  std::vector<Interface> list;
  for (auto& [index, each] : found) {
    std::ranges::sort(each.addresses);
    list.push_back(std::move(each));
  }
  return list;
}

}  // namespace turnpike::kernel
