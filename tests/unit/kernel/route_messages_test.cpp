// What rtnetlink says, from bytes: what is well-formed, and what it means.
#include "turnpike/kernel/route_messages.hpp"

#include <gtest/gtest.h>
#include <linux/ip.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <sys/socket.h>

#include <functional>
#include <string_view>

#include "unit/kernel/own_network.hpp"

namespace turnpike::kernel {
namespace {

using Buffer = std::vector<std::uint8_t>;
Buffer number(std::uint32_t value) {
  const Bytes bytes = bytes_of(value);
  return {bytes.begin(), bytes.end()};
}

Buffer bytes_of_message(NetlinkRequest request) {
  const nlmsghdr& message = request.numbered(0);
  const auto* first = reinterpret_cast<const std::uint8_t*>(&message);
  return {first, first + message.nlmsg_len};
}

Buffer nested(std::uint16_t type, const Buffer& value) {
  const Buffer message = bytes_of_message(NetlinkRequest(0, 0, nlattr{}).add(type, value));
  return {message.begin() + sizeof(nlmsghdr) + sizeof(nlattr), message.end()};
}

NetlinkRequest route(std::uint8_t type = RTN_UNICAST) {
  rtmsg header{};
  header.rtm_family = AF_INET;
  header.rtm_type = type;
  return {RTM_NEWROUTE, 0, header};
}

NetlinkRequest link(unsigned flags, int index = 3, unsigned short type = ARPHRD_ETHER) {
  ifinfomsg header{};
  header.ifi_index = index;
  header.ifi_flags = flags;
  header.ifi_type = type;
  return {RTM_NEWLINK, 0, header};
}

NetlinkRequest neighbour(std::uint16_t state, std::uint8_t family = AF_INET, std::uint8_t flags = 0) {
  ndmsg header{};
  header.ndm_family = family;
  header.ndm_ifindex = 3;
  header.ndm_state = state;
  header.ndm_flags = flags;
  return {RTM_NEWNEIGH, 0, header};
}

Buffer text(std::string_view value) { return {value.begin(), value.end()}; }

const Buffer kV4{192, 0, 2, 1};
const Buffer kMac{2, 0, 0, 0, 0, 9};
const Buffer kV6{0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};

TEST(RouteMessages, a_route_says_how_a_destination_is_reached) {
  const auto v4 = address("192.0.2.1"), v6 = address("2001:db8::1");
  Buffer via_v6 = kV6, via_v4 = kV4;
  via_v6.insert(via_v6.begin(), {AF_INET6, 0});
  via_v4.insert(via_v4.begin(), {AF_INET, 0});
  const auto interface = [](NetlinkRequest request = route()) { return request.add(RTA_OIF, number(2)); };
  struct {
    const char* name;
    NetlinkRequest message;
    std::optional<RouteAnswer> expected;
  } table[] = {
      {"bare", route(), RouteAnswer{.type = RTN_UNICAST}},
      {"local", interface(route(RTN_LOCAL)), RouteAnswer{.type = RTN_LOCAL, .interface = 2}},
      {"gateway", interface().add(RTA_GATEWAY, kV4),
       RouteAnswer{.type = RTN_UNICAST, .interface = 2, .gateway = v4}},
      {"gateway of IPv6", interface().add(RTA_GATEWAY, kV6),
       RouteAnswer{.type = RTN_UNICAST, .interface = 2, .gateway = v6}},
      {"via the other family", interface().add(RTA_VIA, via_v6),
       RouteAnswer{.type = RTN_UNICAST, .interface = 2, .gateway = v6}},
      {"via", interface().add(RTA_VIA, via_v4),
       RouteAnswer{.type = RTN_UNICAST, .interface = 2, .gateway = v4}},
      {"MTU", interface().add(RTA_METRICS, nested(RTAX_MTU, number(1400))),
       RouteAnswer{.type = RTN_UNICAST, .interface = 2, .mtu = 1400}},
      {"hop limit", interface().add(RTA_METRICS, nested(RTAX_HOPLIMIT, number(32))),
       RouteAnswer{.type = RTN_UNICAST, .interface = 2, .hop_limit = 32}},
      {"short hop limit", interface().add(RTA_METRICS, nested(RTAX_HOPLIMIT, {1})), std::nullopt},
      {"another metric", interface().add(RTA_METRICS, nested(RTAX_WINDOW, number(9))),
       RouteAnswer{.type = RTN_UNICAST, .interface = 2}},
      {"a tunnel", interface().add(RTA_ENCAP, kV4),
       RouteAnswer{.type = RTN_UNICAST, .encapsulated = true, .interface = 2}},
      {"unknown attributes", interface().add(999, kV4), RouteAnswer{.type = RTN_UNICAST, .interface = 2}},
      {"short interface", route().add(RTA_OIF, Buffer{1, 0}), std::nullopt},
      {"long interface", route().add(RTA_OIF, Buffer(8)), std::nullopt},
      {"gateway of 5 bytes", interface().add(RTA_GATEWAY, Buffer(5)), std::nullopt},
      {"via without address", interface().add(RTA_VIA, Buffer{AF_INET6, 0}), std::nullopt},
      {"via of one byte", interface().add(RTA_VIA, Buffer{AF_INET6}), std::nullopt},
      {"via of 5 bytes", interface().add(RTA_VIA, Buffer(7)), std::nullopt},
      {"short MTU", interface().add(RTA_METRICS, nested(RTAX_MTU, {1})), std::nullopt},
      {"broken metrics", interface().add(RTA_METRICS, Buffer{200, 0, 2, 0}), std::nullopt},
  };
  for (auto& row : table) EXPECT_EQ(parse_route(row.message.numbered(0)), row.expected) << row.name;
}

TEST(RouteMessages, a_link_says_what_it_is) {
  const auto named = [](NetlinkRequest request) { return request.add(IFLA_IFNAME, text({"eth0\0", 5})); };
  struct {
    const char* name;
    NetlinkRequest message;
    std::optional<Link> expected;
  } table[] = {
      {"up", named(link(IFF_UP)).add(IFLA_MTU, number(1500)),
       Link{.index = 3, .name = "eth0", .up = true, .ethernet = true, .mtu = 1500}},
      {"loopback that is down", named(link(IFF_LOOPBACK, 1, ARPHRD_LOOPBACK)),
       Link{.index = 1, .name = "eth0", .loopback = true}},
      {"a tunnel", named(link(IFF_UP, 4, ARPHRD_TUNNEL)), Link{.index = 4, .name = "eth0", .up = true}},
      {"without a name", link(IFF_UP), Link{.index = 3, .up = true, .ethernet = true}},
      {"a MAC address", link(0).add(IFLA_ADDRESS, kMac),
       Link{.index = 3, .ethernet = true, .mac = {2, 0, 0, 0, 0, 9}}},
      {"an address of another kind", link(0).add(IFLA_ADDRESS, kV4), Link{.index = 3, .ethernet = true}},
      {"a kind", link(0).add(IFLA_LINKINFO, nested(IFLA_INFO_KIND, text({"veth\0", 5}))),
       Link{.index = 3, .ethernet = true, .kind = "veth"}},
      {"other information", link(0).add(IFLA_LINKINFO, nested(IFLA_INFO_DATA, kV4)),
       Link{.index = 3, .ethernet = true}},
      {"a port", link(0).add(IFLA_MASTER, number(8)), Link{.index = 3, .ethernet = true, .upper = 8}},
      {"an end elsewhere", link(0).add(IFLA_LINK_NETNSID, number(0)),
       Link{.index = 3, .ethernet = true, .crosses = true}},
      {"broken information", link(0).add(IFLA_LINKINFO, Buffer{200, 0, 1, 0}), std::nullopt},
      {"short bridge", link(0).add(IFLA_MASTER, Buffer{1, 2}), std::nullopt},
      {"index 0", named(link(IFF_UP, 0)), std::nullopt},
      {"a negative index", named(link(IFF_UP, -1)), std::nullopt},
      {"short MTU", link(IFF_UP).add(IFLA_MTU, Buffer{1, 2, 3}), std::nullopt},
      {"a name without end", link(IFF_UP).add(IFLA_IFNAME, text("eth0")), std::nullopt},
      {"a name with two ends", link(IFF_UP).add(IFLA_IFNAME, text({"e\0h\0", 4})), std::nullopt},
      {"an empty name", link(IFF_UP).add(IFLA_IFNAME, Buffer{0}), std::nullopt},
      {"a name too long", link(IFF_UP).add(IFLA_IFNAME, text({"sixteen-letters.\0", 17})), std::nullopt},
  };
  for (auto& row : table) EXPECT_EQ(parse_link(row.message.numbered(0)), row.expected) << row.name;
}

TEST(RouteMessages, a_link_says_whether_it_takes_packets_from_addresses_of_this_host) {
  const auto with = [](const Buffer& settings) {
    return link(0).add(IFLA_AF_SPEC, nested(AF_INET, nested(IFLA_INET_CONF, settings)));
  };
  Buffer refuses(IPV4_DEVCONF_ACCEPT_LOCAL * sizeof(std::uint32_t)), takes = refuses, one_less = refuses;
  takes[takes.size() - sizeof(std::uint32_t)] = takes.back() = 1;
  one_less.resize(one_less.size() - 1);
  struct {
    const char* name;
    NetlinkRequest message;
    std::optional<bool> expected;
  } table[] = {
      {"it does", with(takes), true},
      {"it does not", with(refuses), false},
      {"it says nothing of families", link(0), std::nullopt},
      {"it speaks of IPv6", link(0).add(IFLA_AF_SPEC, nested(AF_INET6, nested(1, takes))), std::nullopt},
      {"it has too few settings", with(one_less), std::nullopt},
      {"broken", link(0).add(IFLA_AF_SPEC, Buffer{200, 0, 2, 0}), std::nullopt},
  };
  for (auto& row : table) EXPECT_EQ(parse_accept_local(row.message.numbered(0)), row.expected) << row.name;
}

TEST(RouteMessages, a_neighbour_has_an_address_while_it_is_valid) {
  const auto v4 = address("192.0.2.1"), v6 = address("2001:db8::1");
  const MacAddress mac{2, 0, 0, 0, 0, 9};
  struct {
    const char* name;
    NetlinkRequest message;
    std::optional<Neighbour> expected;
  } table[] = {
      {"reachable", neighbour(NUD_REACHABLE).add(NDA_DST, kV4).add(NDA_LLADDR, kMac), Neighbour{3, v4, mac}},
      {"set by hand", neighbour(NUD_PERMANENT).add(NDA_DST, kV4).add(NDA_LLADDR, kMac),
       Neighbour{3, v4, mac}},
      {"stale", neighbour(NUD_STALE).add(NDA_DST, kV4).add(NDA_LLADDR, kMac), Neighbour{3, v4, mac}},
      {"being asked", neighbour(NUD_PROBE).add(NDA_DST, kV4).add(NDA_LLADDR, kMac), Neighbour{3, v4, mac}},
      {"IPv6", neighbour(NUD_DELAY, AF_INET6).add(NDA_DST, kV6).add(NDA_LLADDR, kMac), Neighbour{3, v6, mac}},
      {"gone", neighbour(NUD_FAILED).add(NDA_DST, kV4).add(NDA_LLADDR, kMac), Neighbour{3, v4, {}}},
      {"looked for", neighbour(NUD_INCOMPLETE).add(NDA_DST, kV4), Neighbour{3, v4, {}}},
      {"no MAC address", neighbour(NUD_REACHABLE).add(NDA_DST, kV4).add(NDA_LLADDR, Buffer(20)),
       Neighbour{3, v4, {}}},
      {"of a proxy", neighbour(NUD_REACHABLE, AF_INET, NTF_PROXY).add(NDA_DST, kV4).add(NDA_LLADDR, kMac),
       std::nullopt},
      {"of a bridge", neighbour(NUD_REACHABLE, AF_BRIDGE).add(NDA_DST, kV4).add(NDA_LLADDR, kMac),
       std::nullopt},
      {"of nobody", neighbour(NUD_REACHABLE).add(NDA_LLADDR, kMac), std::nullopt},
      {"of 5 bytes", neighbour(NUD_REACHABLE).add(NDA_DST, Buffer(5)), std::nullopt},
  };
  for (auto& row : table) EXPECT_EQ(parse_neighbour(row.message.numbered(0)), row.expected) << row.name;
}

TEST(RouteMessages, what_ends_within_its_struct_or_an_attribute_is_nothing) {
  const struct {
    const char* name;
    Buffer message;
    std::size_t whole_from;  // with the struct alone; the attribute behind it has 8 bytes
    std::function<bool(const nlmsghdr&)> parses;
  } table[] = {
      {"route", bytes_of_message(route().add(RTA_OIF, number(2))), sizeof(nlmsghdr) + sizeof(rtmsg),
       [](const nlmsghdr& message) { return parse_route(message).has_value(); }},
      {"link", bytes_of_message(link(0).add(IFLA_MTU, number(2))), sizeof(nlmsghdr) + sizeof(ifinfomsg),
       [](const nlmsghdr& message) { return parse_link(message).has_value(); }},
      {"neighbour", bytes_of_message(neighbour(NUD_REACHABLE).add(NDA_DST, kV4)), 1000,
       [](const nlmsghdr& message) { return parse_neighbour(message).has_value(); }},
  };
  for (const auto& row : table) {
    for (std::size_t size = sizeof(nlmsghdr); size <= row.message.size(); ++size) {
      Buffer cut(row.message.begin(),
                 row.message.begin() + static_cast<std::ptrdiff_t>(size));  // so that sanitizers see its end
      auto& message = *reinterpret_cast<nlmsghdr*>(cut.data());
      message.nlmsg_len = static_cast<std::uint32_t>(size);
      EXPECT_EQ(row.parses(message), size == row.whole_from || size == row.message.size())
          << row.name << " of " << size;
    }
  }
}

}  // namespace
}  // namespace turnpike::kernel
