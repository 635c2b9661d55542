#include "turnpike/livekit/media_peers.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace turnpike::livekit {
namespace {

constexpr turn::PortRange kDefaultRange{50000, 60000};
constexpr turn::PortRange kDevelopmentPort{7882, 7882};
constexpr turn::PortRange kStunPort{3478, 3478};

// As LiveKit chooses: the range if it is whole, else udp_port, else a default. None: any port that the system
// gives it.
std::vector<turn::PortRange> media_ports(const ServerConfig& config) {
  const Media& rtc = config.rtc;
  if (rtc.port_range_start != 0 && rtc.port_range_end != 0)
    return {{rtc.port_range_start, rtc.port_range_end}};
  std::vector<turn::PortRange> ports;
  if (rtc.udp_port) {
    ports.push_back(*rtc.udp_port);
  } else if (config.development && rtc.port_range_start == 0) {
    ports.push_back(kDevelopmentPort);
  } else if (rtc.port_range_start == 0) {
    return {kDefaultRange};
  }
  if (rtc.use_stun_port_as_ice && !ports.empty()) ports.push_back(kStunPort);
  return ports;
}

struct Gap {
  bool (*is_open)(const ServerConfig&);
  std::string_view why;
};
constexpr Gap kGaps[] = {
    {[](const ServerConfig& c) { return c.rtc.use_external_ip; },
     "rtc.use_external_ip is true, so LiveKit finds its address itself"},
    {[](const ServerConfig& c) { return c.rtc.node_ip.empty() && !c.rtc.use_external_ip; },
     "rtc.node_ip is not set, so LiveKit finds its address itself"},
    {[](const ServerConfig& c) { return media_ports(c).empty(); },
     "rtc.port_range_end is not set, so its media has any port"},
    {[](const ServerConfig& c) { return c.has_redis; }, "redis is set, so there may be more nodes"},
};

std::string what_is_missing(const ServerConfig& config) {
  std::vector<std::string_view> reasons;
  for (const Gap& gap : kGaps) {
    if (gap.is_open(config)) reasons.push_back(gap.why);
  }
  if (reasons.empty()) return "";
  return fmt::format(
      "{}: peers.allow needs the addresses and ports of all media, such as 203.0.113.5:50000-60000",
      fmt::join(reasons, "; "));
}

}  // namespace

MediaPeers media_peers(const ServerConfig& config) {
  MediaPeers peers;
  const auto ports = media_ports(config);
  const auto allow = [&](const IpPrefix& prefix) {
    for (const turn::PortRange& range : ports) peers.allow.push_back({prefix, range.min, range.max});
  };
  // A node_ip that STUN will replace still stands where STUN finds nothing.
  for (const IpAddress& address : config.rtc.node_ip) allow(*IpPrefix::parse(address.to_string()));
  for (const IpPrefix& prefix : config.turn.allow_restricted_peers) allow(prefix);
  for (const IpPrefix& prefix : config.turn.deny_peers) peers.deny.push_back({prefix});
  peers.missing = what_is_missing(config);
  return peers;
}

}  // namespace turnpike::livekit
