#include "turnpike/kernel/route_messages.hpp"

#include <linux/ip.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netinet/in.h>

#include "turnpike/net/sockaddr.hpp"

namespace turnpike::kernel {
namespace {

// The readers store what an attribute says, and tell whether it can be so.
bool read_address(Bytes value, IpAddress& out) {
  if (value.size() != sizeof(in_addr) && value.size() != sizeof(in6_addr)) return false;
  out = IpAddress::from_bytes(value);
  return true;
}

bool read_address(const nlattr& attribute, IpAddress& out) { return read_address(value_of(attribute), out); }

// A gateway of the other family (RFC 5549): its family, then its address.
bool read_via(const nlattr& attribute, IpAddress& out) {
  constexpr std::size_t address_offset = offsetof(rtvia, rtvia_addr);
  const Bytes value = value_of(attribute);
  return value.size() > address_offset && read_address(value.subspan(address_offset), out);
}

// The attributes within another one; `read` takes each and says whether it can be so.
template <class Read>
bool read_nested(const nlattr& attribute, Read read) {
  bool valid = true;
  const bool whole =
      for_each_attribute(value_of(attribute), [&](const nlattr& each) { valid &= read(each); });
  return whole && valid;
}

bool read_metric(const nlattr& metric, RouteAnswer& route) {
  switch (mnl_attr_get_type(&metric)) {
    case RTAX_MTU: return read_value(metric, route.mtu);
    case RTAX_HOPLIMIT: return read_value(metric, route.hop_limit);
    default: return true;
  }
}

// Of settings there is one number each, in the order of their names' numbers, which begin with 1.
bool read_accept_local(const nlattr& settings, std::optional<bool>& out) {
  constexpr std::size_t offset = (IPV4_DEVCONF_ACCEPT_LOCAL - 1) * sizeof(std::uint32_t);
  const Bytes values = value_of(settings);
  std::uint32_t value = 0;
  if (values.size() < offset + sizeof value) return false;
  std::memcpy(&value, values.data() + offset, sizeof value);
  out = value != 0;
  return true;
}

// With its end of string, and no other.
bool read_string(const nlattr& attribute, std::string& out) {
  if (mnl_attr_validate(&attribute, MNL_TYPE_NUL_STRING) != 0) return false;
  out = mnl_attr_get_str(&attribute);
  return out.size() + 1 == mnl_attr_get_payload_len(&attribute);
}

bool read_name(const nlattr& attribute, std::string& out) {
  return read_string(attribute, out) && !out.empty() && out.size() < IF_NAMESIZE;
}

// Of Ethernet; other links have addresses of other sizes.
bool read_mac(const nlattr& attribute, MacAddress& out) {
  if (!read_value(attribute, out)) out = {};
  return true;
}

// The body's fixed struct, if the attributes behind it are well-formed; `read` takes each and says whether it
// can be so.
template <class Header, class Read>
std::optional<Header> parse(const nlmsghdr& message, Read read) {
  const auto header = header_of<Header>(message);
  bool valid = true;
  const bool whole = for_each_attribute(attributes_behind<Header>(message),
                                        [&](const nlattr& each) { valid &= read(each); });
  return whole && valid ? header : std::nullopt;
}

}  // namespace

std::optional<RouteAnswer> parse_route(const nlmsghdr& message) {
  RouteAnswer route;
  const auto header = parse<rtmsg>(message, [&](const nlattr& attribute) {
    switch (mnl_attr_get_type(&attribute)) {
      case RTA_OIF: return read_value(attribute, route.interface);
      case RTA_GATEWAY: return read_address(attribute, route.gateway);
      case RTA_VIA: return read_via(attribute, route.gateway);
      case RTA_METRICS:
        return read_nested(attribute, [&](const nlattr& metric) { return read_metric(metric, route); });
      case RTA_ENCAP: return route.encapsulated = true;
      default: return true;
    }
  });
  if (!header) return std::nullopt;
  route.type = header->rtm_type;
  return route;
}

std::optional<Link> parse_link(const nlmsghdr& message) {
  Link link;
  const auto header = parse<ifinfomsg>(message, [&](const nlattr& attribute) {
    switch (mnl_attr_get_type(&attribute)) {
      case IFLA_IFNAME: return read_name(attribute, link.name);
      case IFLA_MTU: return read_value(attribute, link.mtu);
      case IFLA_ADDRESS: return read_mac(attribute, link.mac);
      case IFLA_LINKINFO:
        return read_nested(attribute, [&](const nlattr& info) {
          return mnl_attr_get_type(&info) != IFLA_INFO_KIND || read_string(info, link.kind);
        });
      case IFLA_MASTER: return read_value(attribute, link.upper);
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

// One that is being looked for, or was not found, has no address; old ones are used while they are asked
// whether they are still there.
std::optional<Neighbour> parse_neighbour(const nlmsghdr& message) {
  constexpr int kValid = NUD_PERMANENT | NUD_NOARP | NUD_REACHABLE | NUD_STALE | NUD_DELAY | NUD_PROBE;
  Neighbour neighbour;
  const auto header = parse<ndmsg>(message, [&](const nlattr& attribute) {
    switch (mnl_attr_get_type(&attribute)) {
      case NDA_DST: return read_address(attribute, neighbour.address);
      case NDA_LLADDR: return read_mac(attribute, neighbour.mac);
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

std::optional<bool> parse_accept_local(const nlmsghdr& message) {
  std::optional<bool> accepts;
  const auto header = parse<ifinfomsg>(message, [&](const nlattr& attribute) {
    if (mnl_attr_get_type(&attribute) != IFLA_AF_SPEC) return true;
    return read_nested(attribute, [&](const nlattr& family) {
      if (mnl_attr_get_type(&family) != AF_INET) return true;
      return read_nested(family, [&](const nlattr& conf) {
        return mnl_attr_get_type(&conf) != IFLA_INET_CONF || read_accept_local(conf, accepts);
      });
    });
  });
  return header ? accepts : std::nullopt;
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

}  // namespace turnpike::kernel
