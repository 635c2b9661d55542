// Flows in the kernel: their keys are unique, their slots rest, their counters are their own, and a stale key
// is recognised.
#include "turnpike/kernel/flow_table.hpp"

#include <gtest/gtest.h>
#include <linux/bpf.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <thread>

#include "loaded_program.hpp"

namespace turnpike::kernel {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

class FlowTableTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!kernel_.program) GTEST_SKIP() << kernel_.reason_to_skip;
  }

  // Flows of one route that differ by the client's port.
  Flow flow(std::uint16_t port) const {
    Flow flow = flow_to_peer(routes_[0]);
    flow.from.port = port;
    return flow;
  }
  Buffer frame(const Flow& flow, std::size_t size = 20) const {
    return frame_of({flow.from, flow.to, channel_data(flow.channel, some_bytes(size))});
  }
  std::string event(const Flow& flow, std::size_t size = 20) const {
    return kernel_.run(Hook::tc, frame(flow, size)).event;
  }

  LoadedProgram kernel_;
  TimePoint now_ = clock_now();
  TimePoint later_ = now_ + hours(1);
  std::vector<relay::Route> routes_ = routes_of_all_families(later_);
};

TEST_F(FlowTableTest, counts_packets_and_payload_bytes_of_each_flow) {
  FlowTable table(kernel_.program->maps(), 0, 4);
  const FlowId one = *table.add(flow(1), later_, now_);
  const FlowId other = *table.add(flow(2), later_, now_);
  const FlowId back = *table.add(flow_to_client(routes_[0]), later_, now_);
  EXPECT_EQ(table.counters(one), FlowCounters{});
  for (const std::size_t size : {0, 1, 1000}) {
    for (const Hook hook : kHooks) ASSERT_EQ(kernel_.run(hook, frame(flow(1), size)).event, "relayed");
  }
  ASSERT_EQ(
      kernel_.run(Hook::xdp, frame_of({routes_[0].peer.plain(), routes_[0].relay.plain(), some_bytes(77)}))
          .event,
      "relayed");
  EXPECT_EQ(table.counters(one).packets, 9U);
  EXPECT_EQ(table.counters(one).bytes, 3 * 1001U);
  EXPECT_GT(table.counters(one).last_activity, now_ - seconds(1));
  EXPECT_LE(table.counters(one).last_activity, clock_now());
  EXPECT_EQ(table.counters(other), FlowCounters{});
  EXPECT_EQ(table.remove(back, now_).packets, 1U);
  EXPECT_EQ(table.counters(back).bytes, 77U);
}

TEST_F(FlowTableTest, what_arrives_is_one_flow_s_only) {
  FlowTable table(kernel_.program->maps(), 0, 2);
  FlowTable of_other_worker(kernel_.program->maps(), 2, 2);
  const auto first = table.add(flow(1), later_, now_);
  ASSERT_TRUE(first);
  EXPECT_EQ(table.add(flow(1), later_, now_).error(), NoFlow::taken);
  EXPECT_EQ(of_other_worker.add(flow(1), later_, now_).error(), NoFlow::taken);
  EXPECT_TRUE(table.add(flow(2), later_, now_));  // what was refused has cost no slot
  table.remove(*first, now_);
  EXPECT_TRUE(of_other_worker.add(flow(1), later_, now_));
}

TEST_F(FlowTableTest, a_removed_flow_leaves_its_slot_to_rest_for_a_second) {
  FlowTable table(kernel_.program->maps(), 5, 1);
  EXPECT_EQ(*table.add(flow(1), later_, now_), 5U);
  EXPECT_EQ(table.add(flow(2), later_, now_).error(), NoFlow::no_room);
  ASSERT_EQ(event(flow(1)), "relayed");
  table.remove(5, now_);
  EXPECT_FALSE(table.add(flow(2), later_, now_ + milliseconds(999)));
  EXPECT_EQ(*table.add(flow(2), later_, now_ + seconds(1)), 5U);
  EXPECT_EQ(table.counters(5), FlowCounters{});
  EXPECT_EQ(event(flow(1)), "no_flow");
  EXPECT_EQ(event(flow(2)), "relayed");
}

// Between the look-up of a key and that of its slot the element of the hash may have become another key's.
TEST_F(FlowTableTest, a_slot_serves_no_other_key_than_its_own) {
  FlowTable table(kernel_.program->maps(), 0, 2);
  const FlowId kept = *table.add(flow(1), later_, now_);
  const FlowId other = *table.add(flow(2), later_, now_);
  constexpr std::size_t kKeySize = 40;
  Buffer key(kKeySize);
  bpf_attr attributes{};
  attributes.map_fd = static_cast<std::uint32_t>(kernel_.program->maps().flows);
  attributes.next_key = reinterpret_cast<std::uintptr_t>(key.data());
  ASSERT_EQ(::syscall(SYS_bpf, BPF_MAP_GET_NEXT_KEY, &attributes, sizeof attributes), 0);
  const std::uint16_t port_of_key = load_be16(&key[32]);
  const struct {
    FlowId slot;
    std::uint32_t entrance;
    std::uint8_t unused_and_mac[8];
  } wrong{port_of_key == 1 ? other : kept, kEntrance.interface, {}};
  attributes = {};
  attributes.map_fd = static_cast<std::uint32_t>(kernel_.program->maps().flows);
  attributes.key = reinterpret_cast<std::uintptr_t>(key.data());
  attributes.value = reinterpret_cast<std::uintptr_t>(&wrong);
  ASSERT_EQ(::syscall(SYS_bpf, BPF_MAP_UPDATE_ELEM, &attributes, sizeof attributes), 0);
  EXPECT_EQ(event(flow(port_of_key)), "no_flow");
  EXPECT_EQ(event(flow(port_of_key == 1 ? 2 : 1)), "relayed");
}

TEST_F(FlowTableTest, a_deadline_moves_either_way) {
  FlowTable table(kernel_.program->maps(), 0, 1);
  const FlowId id = *table.add(flow(1), now_ - seconds(1), now_);
  EXPECT_EQ(event(flow(1)), "expired");
  table.extend(id, later_);
  EXPECT_EQ(event(flow(1)), "relayed");
  table.extend(id, now_ - seconds(1));
  EXPECT_EQ(event(flow(1)), "expired");
}

TEST_F(FlowTableTest, XDP_sends_to_the_neighbour_that_it_was_told_last) {
  FlowTable table(kernel_.program->maps(), 0, 1);
  Flow unknown = flow(1);
  unknown.next_hop.neighbour_mac = {};
  const FlowId id = *table.add(unknown, later_, now_);
  EXPECT_EQ(kernel_.run(Hook::xdp, frame(unknown)).event, "no_neighbour");
  for (const std::uint8_t last : {1, 2}) {
    const MacAddress mac{2, 0, 0, 0, 0, last};
    table.set_neighbour(id, mac);
    const RunResult result = kernel_.run(Hook::xdp, frame(unknown));
    EXPECT_EQ(result.event, "relayed");
    EXPECT_TRUE(std::ranges::equal(mac, Bytes(result.frame).first(mac.size())));
  }
  table.set_neighbour(id, {});
  EXPECT_EQ(kernel_.run(Hook::xdp, frame(unknown)).event, "no_neighbour");
  EXPECT_EQ(event(unknown), "relayed") << "tc goes by the gateway's address";
}

TEST_F(FlowTableTest, removes_its_flows_at_its_end) {
  {
    FlowTable table(kernel_.program->maps(), 0, 8);
    for (const std::uint16_t port : {1, 2, 3}) ASSERT_TRUE(table.add(flow(port), later_, now_));
    EXPECT_EQ(kernel_.program->flow_count(), 3U);
    table.remove(1, now_);
    EXPECT_EQ(kernel_.program->flow_count(), 2U);
  }
  EXPECT_EQ(kernel_.program->flow_count(), 0U);
  for (const std::uint16_t port : {1, 2, 3}) EXPECT_EQ(event(flow(port)), "no_flow");
}

TEST_F(FlowTableTest, can_be_filled_to_the_last_slot) {
  FlowTable table(kernel_.program->maps(), 0, kFlowsMax);
  for (std::uint16_t port = 1; port <= kFlowsMax; ++port)
    ASSERT_TRUE(table.add(flow(port), later_, now_)) << port;
  EXPECT_FALSE(table.add(flow(1000), later_, now_));
  for (std::uint16_t port = 1; port <= kFlowsMax; ++port) EXPECT_EQ(event(flow(port)), "relayed");
}

// Elements of the hash change their keys all the time, while the program reads them.
TEST_F(FlowTableTest, churn_sends_no_packet_along_another_s_flow) {
  constexpr std::uint16_t kPorts = 32;
  constexpr int kPackets = 30'000;
  const auto program = Program::load({.flows_max = 60'000, .listener_ports = {3478}}, now_);
  ASSERT_TRUE(program);
  (*program)->heartbeat(later_);
  std::atomic<bool> done = false;
  std::thread churning([&] {
    FlowTable table((*program)->maps(), 0, 60'000);
    std::array<std::optional<FlowId>, kPorts> ids;
    for (std::uint32_t i = 0; !done; i = i * 5 + 3) {  // any order will do
      const auto port = static_cast<std::uint16_t>((i >> 8) % kPorts);
      Flow moving = flow(static_cast<std::uint16_t>(1 + port));
      moving.new_to.port = moving.from.port;
      auto& id = ids[port];
      if (id) table.remove(*id, clock_now());
      const auto added = id ? NoFlow::no_room : table.add(moving, later_, clock_now());
      id = added ? std::optional(*added) : std::nullopt;
    }
  });
  int relayed = 0, wrong = 0;
  for (int i = 0; i < kPackets; ++i) {
    const auto port = static_cast<std::uint16_t>(1 + i % kPorts);
    const RunResult result = kernel_.run(**program, i % 2 == 0 ? Hook::tc : Hook::xdp, frame(flow(port)));
    if (result.event != "relayed") continue;
    ++relayed;
    const auto leaving = read_frame(result.frame);
    wrong += !leaving || leaving->to.port != port ? 1 : 0;
  }
  done = true;
  churning.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_GT(relayed, kPackets / 100);
}

}  // namespace
}  // namespace turnpike::kernel
