// See loaded_program.hpp.
#include "loaded_program.hpp"

#include <gtest/gtest.h>
#include <linux/bpf.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>

#include "any_endpoint.hpp"
#include "turnpike/kernel/capabilities.hpp"
#include "turnpike/kernel/route_flow.hpp"

namespace turnpike::kernel {
namespace {

constexpr std::uint32_t kTestChecksumComplete = 1 << 2;  // newer than the headers of Linux 6.1

std::vector<std::uint64_t> counts(const Program& program) {
  std::vector<std::uint64_t> result;
  for (const EventCount& event : program.events().all()) result.push_back(event.count);
  return result;
}

std::string changed_event(const Program& program, const std::vector<std::uint64_t>& before) {
  std::string changed;
  const auto events = program.events().all();
  for (std::size_t i = 0; i < events.size(); ++i) {
    for (auto n = before[i]; n < events[i].count; ++n)
      changed += (changed.empty() ? "" : " ") + std::string(events[i].name);
  }
  return changed;
}

}  // namespace

TimePoint clock_now() { return TimePoint(std::chrono::steady_clock::now().time_since_epoch()); }

LoadedProgram::LoadedProgram() {
  auto loaded = Program::load(
      {.flows_max = kFlowsMax, .meters_max = kMetersMax, .listener_ports = {3478, 65535}}, clock_now());
  if (loaded) {
    program = std::move(*loaded);
    program->heartbeat(clock_now() + std::chrono::hours(1));
    return;
  }
  reason_to_skip = loaded.error();
#ifdef TURNPIKE_KERNEL_ENGINE
  const bool is_permitted =
      (net::effective_capabilities() & kKernelEngineCapabilities) == kKernelEngineCapabilities;
  EXPECT_FALSE(is_permitted) << reason_to_skip;
#endif
}

RunResult LoadedProgram::run(const Program& program, Hook hook, Buffer frame, bool is_complete,
                             std::uint32_t gso_size) {
  RunResult result = run_once(program, hook, frame, is_complete, gso_size);
  if (result.event == "upkeep") result = run_once(program, hook, std::move(frame), is_complete, gso_size);
  return result;
}

RunResult LoadedProgram::run_once(const Program& program, Hook hook, Buffer frame, bool is_complete,
                                  std::uint32_t gso_size) {
  RunResult result;
  result.frame.resize(frame.size() + 256);
  __sk_buff context{};
  context.gso_size = gso_size;
  bpf_attr attributes{};
  attributes.test.prog_fd = static_cast<std::uint32_t>(program.descriptor(hook));
  attributes.test.data_in = reinterpret_cast<std::uintptr_t>(frame.data());
  attributes.test.data_size_in = static_cast<std::uint32_t>(frame.size());
  attributes.test.data_out = reinterpret_cast<std::uintptr_t>(result.frame.data());
  attributes.test.data_size_out = static_cast<std::uint32_t>(result.frame.size());
  attributes.test.repeat = 1;
  if (hook != Hook::xdp) {
    attributes.test.ctx_in = reinterpret_cast<std::uintptr_t>(&context);
    attributes.test.ctx_size_in = sizeof context;
    attributes.test.flags = is_complete ? kTestChecksumComplete : 0;
  }
  const auto before = counts(program);
  if (::syscall(SYS_bpf, BPF_PROG_TEST_RUN, &attributes, sizeof attributes) != 0) {
    result.event = std::string("test run failed: ") + std::strerror(errno);
    return result;
  }
  result.event = changed_event(program, before);
  result.action = static_cast<int>(attributes.test.retval);
  result.frame.resize(attributes.test.data_size_out);
  // The link writes the Ethernet header of what tc redirects.
  if (hook != Hook::xdp && result.event == "relayed")
    store_be16(&result.frame[12], result.frame[kEthernetSize] >> 4 == 4 ? 0x0800 : 0x86dd);
  return result;
}

std::uint64_t LoadedProgram::count(std::string_view event) const {
  const auto events = program->events().all();
  return std::ranges::find(events, event, &EventCount::name)->count;
}

std::vector<relay::Route> routes_of_all_families(TimePoint deadline) {
  const FiveTuple clients[] = {
      {test::at("198.51.100.7:40001"), test::at("203.0.113.1:3478"), Transport::udp},
      {test::at("[2001:db8:c::7]:40001"), test::at("[2001:db8:5::1]:3478"), Transport::udp}};
  const struct {
    RelayEndpoint relay;
    PeerEndpoint peer;
  } relayed[] = {{test::at("203.0.113.1:50000"), test::at("192.0.2.9:6000")},
                 {test::at("[2001:db8:5::1]:50000"), test::at("[2001:db8:9::9]:6000")}};
  std::vector<relay::Route> routes;
  for (const FiveTuple& client : clients) {
    for (const auto& [relay, peer] : relayed) {
      relay::Route route;
      const auto number = static_cast<std::uint16_t>(routes.size());
      route.client = client;
      route.relay = relay.with_port(static_cast<std::uint16_t>(relay.port + number));
      route.peer = peer;
      route.channel = static_cast<std::uint16_t>(0x4000 + number);
      route.deadline = deadline;
      route.allocation = 1U + number;
      routes.push_back(route);
    }
  }
  return routes;
}

NextHop next_hop_to(const Endpoint& endpoint) {
  return {.interface = kEntrance.interface,
          .gateway = endpoint.address,
          .mtu = kMtu,
          .neighbour_mac = kNeighbourMac,
          .own_mac = kOwnMac,
          .hop_limit = kHopLimit};
}

Flow flow_to_peer(const relay::Route& route) {
  return flow_to_peer(route, {kEntrance, next_hop_to(route.peer.plain())});
}

Flow flow_to_client(const relay::Route& route) {
  return flow_to_client(route, {kEntrance, next_hop_to(route.client.client.plain())});
}

Buffer some_bytes(std::size_t size, std::uint8_t seed) {
  Buffer bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(seed + i * 7 + (i >> 8) * 3);
  return bytes;
}

Buffer channel_data(std::uint16_t channel, Bytes payload) {
  Buffer bytes(4 + payload.size());
  store_be16(&bytes[0], channel);
  store_be16(&bytes[2], static_cast<std::uint16_t>(payload.size()));
  std::ranges::copy(payload, bytes.begin() + 4);
  return bytes;
}

}  // namespace turnpike::kernel
