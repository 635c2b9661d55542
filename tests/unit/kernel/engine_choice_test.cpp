// Which engine serves an interface, and the reason that the log gives.
#include "turnpike/kernel/engine_choice.hpp"

#include <gtest/gtest.h>

namespace turnpike::kernel {
namespace {

constexpr auto kAutomatic = EngineSetting::automatic, kKernel = EngineSetting::kernel,
               kSockets = EngineSetting::sockets;

constexpr const char* kLoopbackReason = "what this host sends to itself is taken on its way into loopback";

TEST(EngineChoice, is_made_for_each_interface_with_a_reason) {
  const Link ethernet{.index = 2, .name = "eth0", .up = true, .ethernet = true, .mtu = 1500};
  const Link down{.index = 3, .name = "eth1", .ethernet = true, .mtu = 1500};
  const Link tunnel{.index = 4, .name = "tun0", .up = true, .mtu = 1400};
  const Link loopback{.index = 1, .name = "lo", .up = true, .loopback = true, .mtu = 65536};
  const Link dark{.index = 1, .name = "lo", .loopback = true, .mtu = 65536};
  const Link veth{.index = 5, .name = "veth0", .up = true, .ethernet = true, .mtu = 1500, .kind = "veth"};
  const Link tap{.index = 6, .name = "tap0", .up = true, .ethernet = true, .mtu = 1500, .kind = "tun"};
  const Link port{.index = 7, .name = "eth2", .up = true, .ethernet = true, .mtu = 1500, .upper = 8};
  const Link bond{.index = 8, .name = "bond0", .up = true, .ethernet = true, .mtu = 1500, .kind = "bond"};
  const Obstacles none{}, no_permission{"no CAP_BPF", ""}, no_driver{"", "Operation not supported"};
  const struct {
    EngineSetting setting;
    Link link;
    Obstacles obstacles;
    EngineChoice expected;
  } table[] = {
      {kAutomatic, ethernet, none, {2, Engine::xdp, "its driver runs the program"}},
      {kKernel, ethernet, none, {2, Engine::xdp, "its driver runs the program"}},
      {kAutomatic, tap, none, {6, Engine::xdp, "its driver runs the program"}},
      {kAutomatic, ethernet, no_driver, {2, Engine::tc, "not in its driver: Operation not supported"}},
      {kAutomatic, veth, none, {5, Engine::tc, "a veth device has no driver that XDP would help"}},
      {kAutomatic, port, none, {7, Engine::tc, "its frames may be for other members of its bridge or bond"}},
      {kAutomatic, bond, none, {8, Engine::tc, "its frames come in by its members, as XDP sees them"}},
      {kSockets, ethernet, none, {2, Engine::sockets, "relay.engine is sockets"}},
      {kSockets, ethernet, no_permission, {2, Engine::sockets, "relay.engine is sockets"}},
      {kAutomatic, ethernet, no_permission, {2, Engine::sockets, "no CAP_BPF"}},
      {kKernel, veth, no_permission, {5, Engine::sockets, "no CAP_BPF"}},
      {kAutomatic, loopback, none, {1, Engine::tc, kLoopbackReason}},
      {kKernel, loopback, none, {1, Engine::tc, kLoopbackReason}},
      {kSockets, loopback, none, {1, Engine::sockets, "relay.engine is sockets"}},
      {kAutomatic, loopback, {"accept_local", ""}, {1, Engine::sockets, "accept_local"}},
      {kAutomatic, dark, none, {1, Engine::sockets, "it is down"}},
      {kAutomatic, tunnel, none, {4, Engine::sockets, "its frames have no Ethernet header"}},
      {kAutomatic, down, none, {3, Engine::sockets, "it is down"}},
      {kKernel, down, none, {3, Engine::sockets, "it is down"}},
  };
  for (const auto& row : table) {
    const EngineChoice choice = choose_engine(row.setting, row.link, row.obstacles);
    EXPECT_EQ(choice, row.expected) << row.link.name << ": " << to_string(choice.engine) << ", "
                                    << choice.reason;
  }
}

TEST(EngineChoice, only_the_kernel_engine_when_demanded_keeps_a_server_from_starting) {
  const struct {
    EngineSetting setting;
    bool serves_some_interface;
    const char* obstacle;
    const char* expected;
  } table[] = {
      {kAutomatic, false, "no CAP_BPF", ""},
      {kSockets, false, "no CAP_BPF", ""},
      {kAutomatic, false, "", ""},
      {kKernel, true, "", ""},
      {kKernel, false, "no CAP_BPF", "no CAP_BPF"},
      {kKernel, false, "", "no interface is up that the program can be attached to"},
  };
  for (const auto& row : table)
    EXPECT_EQ(reason_not_to_start(row.setting, row.serves_some_interface, row.obstacle), row.expected);
}

TEST(EngineChoice, engines_have_names) {
  EXPECT_STREQ(to_string(Engine::xdp), "xdp");
  EXPECT_STREQ(to_string(Engine::tc), "tc");
  EXPECT_STREQ(to_string(Engine::sockets), "sockets");
}

}  // namespace
}  // namespace turnpike::kernel
