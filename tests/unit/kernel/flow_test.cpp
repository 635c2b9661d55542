// What makes another way of a next hop, and what only another neighbour on it.
#include "turnpike/kernel/flow.hpp"

#include <gtest/gtest.h>

namespace turnpike::kernel {
namespace {

TEST(NextHop, is_the_same_way_whoever_the_neighbour_is) {
  const NextHop hop{.interface = 2,
                    .gateway = IpAddress::v4(192, 0, 2, 1),
                    .mtu = 1500,
                    .neighbour_mac = {2},
                    .own_mac = {4}};
  const struct {
    const char* name;
    void (*alter)(NextHop&);
    bool is_same_way;
  } table[] = {
      {"nothing", [](NextHop&) {}, true},
      {"neighbour", [](NextHop& other) { other.neighbour_mac = {6}; }, true},
      {"interface", [](NextHop& other) { other.interface = 3; }, false},
      {"gateway", [](NextHop& other) { other.gateway = IpAddress::v4(192, 0, 2, 2); }, false},
      {"MTU", [](NextHop& other) { other.mtu = 1400; }, false},
      {"own MAC address", [](NextHop& other) { other.own_mac = {6}; }, false},
      {"what the interface takes", [](NextHop& other) { other.takes_frames = false; }, false},
      {"hop limit", [](NextHop& other) { other.hop_limit = 32; }, false},
      {"where its other end is", [](NextHop& other) { other.crosses = true; }, false},
  };
  for (const auto& row : table) {
    NextHop other = hop;
    row.alter(other);
    EXPECT_EQ(hop.is_same_way_as(other), row.is_same_way) << row.name;
  }
}

}  // namespace
}  // namespace turnpike::kernel
