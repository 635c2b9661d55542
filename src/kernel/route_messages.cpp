#include "turnpike/kernel/route_messages.hpp"

#include <linux/rtnetlink.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netinet/in.h>

#include <algorithm>

#include "turnpike/net/sockaddr.hpp"

namespace turnpike::kernel {
namespace {

constexpr std::size_t kV4Size = 4, kV6Size = 16;

// The readers store what an attribute says, and tell whether it can be so.
bool read_number(Bytes value, std::uint32_t& out) {
  const auto number = load<std::uint32_t>(value);
  out = number.value_or(0);
  return number && value.size() == sizeof *number;
}

bool read_address(Bytes value, IpAddress& out) {
  if (value.size() != kV4Size && value.size() != kV6Size) return false;
  out = IpAddress::from_bytes(value);
  return true;
}

// A gateway of the other family (RFC 5549): its family, then its address.
bool read_via(Bytes value, IpAddress& out) {
  constexpr std::size_t address_offset = offsetof(rtvia, rtvia_addr);
  return value.size() > address_offset && read_address(value.subspan(address_offset), out);
}

bool read_metrics(Bytes value, std::uint32_t& mtu) {
  bool valid = true;
  const auto read = [&](const NetlinkAttribute& metric) {
    if (metric.type == RTAX_MTU) valid &= read_number(metric.value, mtu);
  };
  return for_each_attribute(value, read) && valid;
}

// With its end of string, and no other.
bool read_name(Bytes value, std::string& out) {
  const auto end = std::ranges::find(value, 0);
  out.assign(value.begin(), end);
  return !out.empty() && out.size() < IF_NAMESIZE && end != value.end() && end + 1 == value.end();
}

// Of Ethernet; other links have addresses of other sizes.
bool read_mac(Bytes value, MacAddress& out) {
  if (value.size() == out.size()) std::ranges::copy(value, out.begin());
  return true;
}

bool read_kind(Bytes value, std::string& out) {
  return for_each_attribute(value, [&](const NetlinkAttribute& information) {
    if (information.type == IFLA_INFO_KIND)
      out.assign(information.value.begin(), std::ranges::find(information.value, 0));
  });
}

// The body's fixed struct, if the attributes behind it are well-formed; `read` takes each and says whether it
// can be so.
template <class Header, class Read>
std::optional<Header> parse(Bytes body, Read read) {
  const auto header = load<Header>(body);
  bool valid = true;
  const bool whole = for_each_attribute(attributes_behind<Header>(body),
                                        [&](const NetlinkAttribute& each) { valid &= read(each); });
  return whole && valid ? header : std::nullopt;
}

}  // namespace

std::optional<RouteAnswer> parse_route(Bytes body) {
  RouteAnswer route;
  const auto header = parse<rtmsg>(body, [&](const NetlinkAttribute& attribute) {
    switch (attribute.type) {
      case RTA_OIF: return read_number(attribute.value, route.interface);
      case RTA_GATEWAY: return read_address(attribute.value, route.gateway);
      case RTA_VIA: return read_via(attribute.value, route.gateway);
      case RTA_METRICS: return read_metrics(attribute.value, route.mtu);
      case RTA_ENCAP: return route.encapsulated = true;
      default: return true;
    }
  });
  if (!header) return std::nullopt;
  route.type = header->rtm_type;
  return route;
}

std::optional<Link> parse_link(Bytes body) {
  Link link;
  const auto header = parse<ifinfomsg>(body, [&](const NetlinkAttribute& attribute) {
    switch (attribute.type) {
      case IFLA_IFNAME: return read_name(attribute.value, link.name);
      case IFLA_MTU: return read_number(attribute.value, link.mtu);
      case IFLA_ADDRESS: return read_mac(attribute.value, link.mac);
      case IFLA_LINKINFO: return read_kind(attribute.value, link.kind);
      case IFLA_MASTER: return read_number(attribute.value, link.upper);
      case IFLA_LINK_NETNSID: return link.crosses = true;
      default: return true;
    }
  });
  if (!header || header->ifi_index <= 0) return std::nullopt;
  link.index = static_cast<std::uint32_t>(header->ifi_index);
  link.up = (header->ifi_flags & IFF_UP) != 0;
  link.loopback = (header->ifi_flags & IFF_LOOPBACK) != 0;
  link.ethernet = header->ifi_type == ARPHRD_ETHER;
  return link;
}

// On links between two points IFA_ADDRESS is the other end's, and ours is IFA_LOCAL.
std::optional<LinkAddress> parse_address(Bytes body) {
  IpAddress local, address;
  const auto header = parse<ifaddrmsg>(body, [&](const NetlinkAttribute& attribute) {
    switch (attribute.type) {
      case IFA_LOCAL: return read_address(attribute.value, local);
      case IFA_ADDRESS: return read_address(attribute.value, address);
      default: return true;
    }
  });
  if (local.family() == Family::none) local = address;
  if (!header || header->ifa_index == 0 || local.family() == Family::none) return std::nullopt;
  return LinkAddress{header->ifa_index, local};
}

// One that is being looked for, or was not found, has no address; old ones are used while they are asked
// whether they are still there.
std::optional<Neighbour> parse_neighbour(Bytes body) {
  constexpr int kValid = NUD_PERMANENT | NUD_NOARP | NUD_REACHABLE | NUD_STALE | NUD_DELAY | NUD_PROBE;
  Neighbour neighbour;
  const auto header = parse<ndmsg>(body, [&](const NetlinkAttribute& attribute) {
    switch (attribute.type) {
      case NDA_DST: return read_address(attribute.value, neighbour.address);
      case NDA_LLADDR: return read_mac(attribute.value, neighbour.mac);
      default: return true;
    }
  });
  if (!header || header->ndm_ifindex <= 0 || (header->ndm_flags & NTF_PROXY) != 0) return std::nullopt;
  if (neighbour.address.family() == Family::none ||
      header->ndm_family != net::socket_family(neighbour.address))
    return std::nullopt;
  neighbour.interface = static_cast<std::uint32_t>(header->ndm_ifindex);
  if ((header->ndm_state & kValid) == 0) neighbour.mac = {};
  return neighbour;
}

NetlinkRequest ask_route(const IpAddress& from, const IpAddress& to) {
  rtmsg header{};
  header.rtm_family = static_cast<std::uint8_t>(net::socket_family(to));
  header.rtm_src_len = static_cast<std::uint8_t>(from.wire().size() * 8);
  header.rtm_dst_len = static_cast<std::uint8_t>(to.wire().size() * 8);
  const std::uint8_t protocol = IPPROTO_UDP;
  NetlinkRequest request(RTM_GETROUTE, 0, header);
  request.add(RTA_SRC, from.wire()).add(RTA_DST, to.wire()).add(RTA_IP_PROTO, bytes_of(protocol));
  return request;
}

NetlinkRequest ask_link(std::uint32_t index) {
  ifinfomsg header{};
  header.ifi_index = static_cast<int>(index);
  return {RTM_GETLINK, 0, header};
}

NetlinkRequest ask_neighbour(std::uint32_t interface, const IpAddress& address) {
  ndmsg header{};
  header.ndm_family = static_cast<std::uint8_t>(net::socket_family(address));
  header.ndm_ifindex = static_cast<int>(interface);
  NetlinkRequest request(RTM_GETNEIGH, 0, header);
  request.add(NDA_DST, address.wire());
  return request;
}

NetlinkRequest ask_all_links() { return {RTM_GETLINK, NLM_F_DUMP, ifinfomsg{}}; }

NetlinkRequest ask_all_addresses() { return {RTM_GETADDR, NLM_F_DUMP, ifaddrmsg{}}; }

}  // namespace turnpike::kernel
