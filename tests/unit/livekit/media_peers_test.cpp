// Which peers LiveKit's file names, and what it leaves open.
#include "turnpike/livekit/media_peers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace turnpike::livekit {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

MediaPeers peers_of(const std::string& yaml) {
  return media_peers(parse_server_config(yaml, "livekit.yaml"));
}

std::vector<std::string> texts(const std::vector<turn::PeerRule>& rules) {
  std::vector<std::string> all;
  for (const turn::PeerRule& rule : rules) {
    all.push_back(rule.prefix.to_string() + " " + std::to_string(rule.port_min) + "-" +
                  std::to_string(rule.port_max));
  }
  return all;
}

TEST(MediaPeers, are_node_ip_and_the_ports_that_livekit_would_choose) {
  struct Case {
    const char* rtc;
    std::vector<std::string> ports;
  };
  const Case cases[] = {
      {"", {"50000-60000"}},
      {"port_range_start: 40000, port_range_end: 41000", {"40000-41000"}},
      {"udp_port: 7882", {"7882-7882"}},
      {"udp_port: 7882-7892", {"7882-7892"}},
      {"udp_port: 7882, port_range_start: 40000, port_range_end: 41000", {"40000-41000"}},
      {"udp_port: 7882, port_range_start: 40000", {"7882-7882"}},
      {"udp_port: 7882, use_stun_port_as_ice: true", {"7882-7882", "3478-3478"}},
      {"port_range_start: 40000, port_range_end: 41000, use_stun_port_as_ice: true", {"40000-41000"}},
      {"port_range_end: 41000", {"50000-60000"}},
  };
  for (const auto& [rtc, ports] : cases) {
    const MediaPeers peers = peers_of(std::string("rtc: {node_ip: 203.0.113.5, ") + rtc + "}");
    std::vector<std::string> expected;
    for (const std::string& range : ports) expected.push_back("203.0.113.5/32 " + range);
    EXPECT_EQ(texts(peers.allow), expected) << rtc;
    EXPECT_THAT(peers.deny, IsEmpty());
    EXPECT_EQ(peers.missing, "") << rtc;
  }
  EXPECT_EQ(texts(peers_of("development: true\nrtc: {node_ip: 203.0.113.5}").allow),
            std::vector<std::string>{"203.0.113.5/32 7882-7882"});
}

TEST(MediaPeers, are_of_both_families_and_of_the_networks_that_livekit_allows) {
  const MediaPeers peers = peers_of(
      "rtc: {node_ip: '203.0.113.5,2001:db8::5', udp_port: 7882}\n"
      "turn: {allow_restricted_peer_cidrs: [10.1.0.0/16], deny_peer_cidrs: [10.1.2.0/24]}\n");
  EXPECT_EQ(texts(peers.allow),
            (std::vector<std::string>{"203.0.113.5/32 7882-7882", "2001:db8::5/128 7882-7882",
                                      "10.1.0.0/16 7882-7882"}));
  EXPECT_EQ(texts(peers.deny), std::vector<std::string>{"10.1.2.0/24 0-65535"});
}

TEST(MediaPeers, what_the_file_leaves_open_is_said) {
  struct Case {
    const char* yaml;
    const char* why;
  };
  const Case cases[] = {
      {"", "rtc.node_ip is not set"},
      {"rtc: {udp_port: 7882}", "rtc.node_ip is not set"},
      {"rtc: {use_external_ip: true, node_ip: 203.0.113.5}", "rtc.use_external_ip is true"},
      {"rtc: {node_ip: 203.0.113.5, port_range_start: 40000}", "rtc.port_range_end is not set"},
      {"rtc: {node_ip: 203.0.113.5}\nredis: {address: 'redis:6379'}", "redis is set"},
      {"turn: {allow_restricted_peer_cidrs: [10.0.0.0/8]}", "rtc.node_ip is not set"},
      {"rtc: {use_external_ip: true}\nredis: {address: 'redis:6379'}",
       "rtc.use_external_ip is true, so LiveKit finds its address itself; redis is set, so there may be more "
       "nodes: "},
  };
  for (const auto& [yaml, why] : cases) {
    const MediaPeers peers = peers_of(yaml);
    EXPECT_THAT(peers.missing, HasSubstr(why)) << yaml;
    EXPECT_THAT(peers.missing, HasSubstr("peers.allow needs")) << yaml;
  }
}

TEST(MediaPeers, without_an_address_are_nobody) {
  EXPECT_THAT(peers_of("").allow, IsEmpty());
  EXPECT_THAT(peers_of("rtc: {node_ip: 203.0.113.5, port_range_start: 40000}").allow, IsEmpty());
}

}  // namespace
}  // namespace turnpike::livekit
