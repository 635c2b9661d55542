#include "turnpike/kernel/interface_watch.hpp"

#include <linux/rtnetlink.h>

#include <algorithm>
#include <utility>

namespace turnpike::kernel {
namespace {

constexpr int kGroups[] = {RTNLGRP_LINK};

}  // namespace

InterfaceWatch::InterfaceWatch() : events_(kGroups) { links_ = ask(); }

// What a notification says is asked for again: so it does not matter whether one was lost.
bool InterfaceWatch::on_ready() {
  bool heard = false;
  const bool whole = events_.drain([&](const nlmsghdr&) { heard = true; });
  if (whole && !heard) return false;
  auto links = ask();
  if (links == links_) return false;
  links_ = std::move(links);
  return true;
}

std::vector<Link> InterfaceWatch::ask() {
  std::vector<Link> links;
  const bool answered = questions_.ask(ask_all_links(), [&](const nlmsghdr& message) {
    auto link = message.nlmsg_type == RTM_NEWLINK ? parse_link(message) : std::nullopt;
    if (link) links.push_back(std::move(*link));
  });
  if (!answered) return links_;
  std::ranges::sort(links, {}, &Link::index);
  return links;
}

}  // namespace turnpike::kernel
