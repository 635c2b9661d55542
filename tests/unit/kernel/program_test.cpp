// Loading the program, or saying in one line why not.
#include "turnpike/kernel/program.hpp"

#include <gtest/gtest.h>

#include <string>
#include <thread>

#include "loaded_program.hpp"
#include "own_network.hpp"
#include "turnpike/kernel/capabilities.hpp"

namespace turnpike::kernel {
namespace {

std::string said;

TEST(Program, events_begin_with_relayed_and_count_from_zero) {
  const LoadedProgram kernel;
  if (!kernel.program) GTEST_SKIP() << kernel.reason_to_skip;
  const auto events = kernel.program->events().all();
  ASSERT_FALSE(events.empty());
  EXPECT_EQ(events.front().name, "relayed");
  for (const EventCount& event : events) EXPECT_EQ(event.count, 0U) << event.name;
}

TEST(Program, tells_the_interfaces_where_it_saw_datagrams_whatever_became_of_them) {
  const LoadedProgram kernel;
  if (!kernel.program) GTEST_SKIP() << kernel.reason_to_skip;
  const std::uint32_t interface = kEntrance.interface;  // where test runs say that their packets come in
  Program& program = *kernel.program;
  const TimePoint now = clock_now();
  const auto route = routes_of_all_families(now + std::chrono::hours(1))[0];
  FlowTable flows(program.maps(), 0, 2);
  ASSERT_TRUE(flows.add(flow_to_peer(route), route.deadline, now));
  const Datagram datagram{.from = route.client.client.plain(),
                          .to = route.client.server.plain(),
                          .payload = channel_data(route.channel, some_bytes(100))};
  Datagram request = datagram, odd = datagram;
  request.payload[0] = 0;
  odd.payload.push_back(0);
  Buffer other_protocol = frame_of(datagram), other_host = frame_of(datagram);
  other_protocol[kEthernetSize + 9] = 6;
  renew_ipv4_checksum(other_protocol);
  other_host[0] = 2;
  const struct {
    const char* event;
    Buffer frame;
    bool is_seen;
  } table[] = {{"other_protocol", other_protocol, false},
               {"other_host", other_host, false},
               {"control", frame_of(request), true},
               {"channel_length", frame_of(odd), true},
               {"relayed", frame_of(datagram), true}};
  EXPECT_TRUE(program.events().has_seen_datagram(interface)) << "nothing is known of where it is not";
  in_own_network([&] {
    for (const auto& [event, frame, is_seen] : table) {
      ASSERT_EQ(program.attach(Hook::tc, interface), "");
      EXPECT_FALSE(program.events().has_seen_datagram(interface)) << event;
      ASSERT_EQ(kernel.run(Hook::tc, frame).event, event);
      EXPECT_EQ(program.events().has_seen_datagram(interface), is_seen) << event;
      program.detach(interface);
    }
  });
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
    ASSERT_TRUE(net::keep_only(0));
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
    ASSERT_TRUE(net::keep_only(kKernelEngineCapabilities));
    const auto program = Program::load({.flows_max = 2, .listener_ports = {3478}}, clock_now());
    ASSERT_TRUE(program) << program.error();
    ASSERT_TRUE(net::keep_only(0));
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
