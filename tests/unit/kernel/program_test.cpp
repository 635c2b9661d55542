// Loading the program, or saying in one line why not.
#include "turnpike/kernel/program.hpp"

#include <gtest/gtest.h>

#include <string>
#include <thread>

#include "loaded_program.hpp"
#include "turnpike/kernel/capabilities.hpp"

namespace turnpike::kernel {
namespace {

std::string said;

TEST(Program, events_begin_with_relayed_and_count_from_zero) {
  const LoadedProgram kernel;
  if (!kernel.program) GTEST_SKIP() << kernel.reason_to_skip;
  const auto events = kernel.program->events();
  ASSERT_FALSE(events.empty());
  EXPECT_EQ(events.front().name, "relayed");
  for (const EventCount& event : events) EXPECT_EQ(event.count, 0U) << event.name;
}

TEST(Program, tells_the_interfaces_from_which_it_has_relayed) {
  const LoadedProgram kernel;
  if (!kernel.program) GTEST_SKIP() << kernel.reason_to_skip;
  constexpr std::uint32_t kLoopback = 1;  // where test runs say that their packets come in
  const TimePoint now = clock_now();
  const auto route = routes_of_all_families(now + std::chrono::hours(1))[0];
  FlowTable table(kernel.program->maps(), 0, 2);
  ASSERT_TRUE(table.add(flow_to_peer(route), route.deadline, now));
  EXPECT_FALSE(kernel.program->has_relayed_from(kLoopback));
  const Datagram datagram{.from = route.client.client.plain(),
                          .to = route.client.server.plain(),
                          .payload = channel_data(route.channel, some_bytes(100))};
  ASSERT_EQ(kernel.run(Hook::tc, frame_of(datagram)).event, "relayed");
  EXPECT_TRUE(kernel.program->has_relayed_from(kLoopback));
  EXPECT_FALSE(kernel.program->has_relayed_from(kLoopback + 1));
}

TEST(Program, its_memory_is_as_large_as_asked) {
  const LoadedProgram kernel;
  if (!kernel.program) GTEST_SKIP() << kernel.reason_to_skip;
  EXPECT_EQ(kernel.program->maps().flows_max, kFlowsMax);
  EXPECT_GE(kernel.program->maps().cpus, std::thread::hardware_concurrency());
}

TEST(Program, says_which_capabilities_it_lacks) {
  const LoadedProgram kernel;
  if (!kernel.program) GTEST_SKIP() << kernel.reason_to_skip;
  std::thread([] {
    ASSERT_TRUE(keep_only(0));
    const auto refused = Program::load({.flows_max = 2, .listener_ports = {}}, clock_now());
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error(),
              "the kernel engine needs the capabilities CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON");
  }).join();
}

TEST(Program, needs_nothing_but_these_capabilities_to_load_and_none_to_go_on) {
  const LoadedProgram kernel;
  if (!kernel.program) GTEST_SKIP() << kernel.reason_to_skip;
  std::thread([] {
    ASSERT_TRUE(keep_only(kKernelEngineCapabilities));
    const auto program = Program::load({.flows_max = 2, .listener_ports = {3478}}, clock_now());
    ASSERT_TRUE(program) << program.error();
    ASSERT_TRUE(keep_only(0));
    FlowTable table((*program)->maps(), 0, 2);
    const TimePoint now = clock_now();
    const auto routes = routes_of_all_families(now);
    const auto id = table.add(flow_to_peer(routes[0]), now, now);
    ASSERT_TRUE(id);
    table.extend(*id, now);
    (*program)->heartbeat(now);
    table.remove(*id, now);
    EXPECT_TRUE(table.add(flow_to_peer(routes[0]), now, now));
  }).join();
}

TEST(Program, tells_what_the_loader_and_the_verifier_say_only_to_who_asks) {
  const LoadedProgram quiet;
  if (!quiet.program) GTEST_SKIP() << quiet.reason_to_skip;
  EXPECT_EQ(said, "");
  const auto program = Program::load(
      {.flows_max = 2, .listener_ports = {}, .debug = [](std::string_view line) { said += line; }},
      clock_now());
  ASSERT_TRUE(program);
  EXPECT_NE(said.find("turnpike_tc"), std::string::npos);
}

}  // namespace
}  // namespace turnpike::kernel
