#include "turnpike/kernel/local_sources.hpp"

#include <linux/if_link.h>
#include <linux/ip.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <vector>

#include "turnpike/kernel/route_messages.hpp"

namespace turnpike::kernel {
namespace {

// An attribute for another one to hold.
std::vector<std::uint8_t> attribute(std::uint16_t type, Bytes value) {
  nlattr header{};
  header.nla_type = type;
  header.nla_len = static_cast<std::uint16_t>(sizeof header + value.size());
  const Bytes head = bytes_of(header);
  std::vector<std::uint8_t> bytes(head.begin(), head.end());
  bytes.insert(bytes.end(), value.begin(), value.end());
  bytes.resize(MNL_ALIGN(bytes.size()));
  return bytes;
}

NetlinkRequest set_accept_local(bool accepts) {
  ifinfomsg header{};
  header.ifi_index = kLoopback;
  const std::uint32_t value = accepts ? 1 : 0;
  const auto setting = attribute(IPV4_DEVCONF_ACCEPT_LOCAL, bytes_of(value));
  const auto settings = attribute(IFLA_INET_CONF | NLA_F_NESTED, setting);
  NetlinkRequest request(RTM_SETLINK, NLM_F_ACK, header);
  request.add(IFLA_AF_SPEC | NLA_F_NESTED, attribute(AF_INET | NLA_F_NESTED, settings));
  return request;
}

bool set(bool accepts) {
  return NetlinkSocket().ask(set_accept_local(accepts), [](const nlmsghdr&) {});
}

}  // namespace

std::optional<bool> accepts_local_sources(NetlinkSocket& questions) {
  std::optional<bool> accepts;
  const bool answered = questions.ask(ask_link(kLoopback), [&](const nlmsghdr& message) {
    if (message.nlmsg_type == RTM_NEWLINK) accepts = parse_accept_local(message);
  });
  return answered ? accepts : std::nullopt;
}

LocalSources::LocalSources() {
  NetlinkSocket questions;
  before_ = accepts_local_sources(questions);
}

std::string LocalSources::accept() {
  is_wanted_ = true;
  NetlinkSocket questions;
  if (accepts_local_sources(questions).value_or(false)) return "";
  // What somebody has taken back in the meantime is to be so again at the end.
  before_ = false;
  if (set(true) && accepts_local_sources(questions).value_or(false)) return "";
  return "accept_local of loopback is 0 and cannot be set";
}

void LocalSources::restore() {
  if (is_wanted_ && before_ == false) (void)set(false);
}

}  // namespace turnpike::kernel
