// Byte budgets in the program: what passes, what is dropped, and that the sockets take from the same memory.
#include <gtest/gtest.h>
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <thread>

#include "loaded_program.hpp"
#include "turnpike/kernel/route_flow.hpp"

namespace turnpike::kernel {
namespace {

using relay::MeterId;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

// So much costs a second: a packet that takes the whole budget, and nothing is left for the next one.
constexpr std::size_t kAll = 100;

class ByteBudgets : public testing::Test {
 protected:
  void SetUp() override {
    if (!kernel_.program) GTEST_SKIP() << kernel_.reason_to_skip;
    meters_.emplace(relay::ByteRates{}, kernel_.program->maps().budgets);
    flows_.emplace(kernel_.program->maps(), 0, kFlowsMax / 2);
  }

  // Of a client of its own for each number.
  relay::Route route(std::uint16_t number, MeterId meter) const {
    relay::Route route = routes_of_all_families(later_)[0];
    route.client.client.port = static_cast<std::uint16_t>(1000 + number);
    route.relay.port = static_cast<std::uint16_t>(50000 + number);
    route.meter = meter;
    return route;
  }
  FlowId add(const Flow& flow) { return *flows_->add(flow, later_, clock_now()); }
  static Buffer frame(const Flow& flow, std::size_t size) {
    const Buffer payload = some_bytes(size);
    return frame_of({flow.from, flow.to, flow.channel == 0 ? payload : channel_data(flow.channel, payload)});
  }
  std::string event(const Flow& flow, std::size_t size, Hook hook = Hook::tc) const {
    return kernel_.run(hook, frame(flow, size)).event;
  }
  bool by_sockets(MeterId meter, std::size_t size) { return meters_->admit(meter, size, clock_now()); }
  void refill() {
    for (auto& user : kernel_.program->maps().budgets.users) user.full_at_ns = 0;
    for (auto& room : kernel_.program->maps().budgets.rooms) room.full_at_ns = 0;
  }

  LoadedProgram kernel_;
  TimePoint later_ = clock_now() + hours(1);
  std::optional<relay::Meters> meters_;
  std::optional<FlowTable> flows_;
};

TEST_F(ByteBudgets, what_is_beyond_is_dropped_in_the_kernel_and_counted_for_its_flow_TURN_GEN_07) {
  const relay::Route one = route(1, 1);
  meters_->put_in_room(1, 3);
  const struct {
    const char* name;
    relay::ByteRates rates;
    std::vector<std::size_t> sizes;  // the last is refused
  } table[] = {{"a user", {kAll, 0}, {kAll, kAll}},
               {"a room", {0, kAll}, {kAll, kAll}},
               {"the lesser of both, the user's", {kAll, 1000}, {kAll, kAll}},
               {"the lesser of both, the room's", {1000, kAll}, {kAll, kAll}},
               {"a packet at once", {kAll, 0}, {kAll + 1}},
               {"two halves", {kAll, 0}, {kAll / 2, kAll / 2, kAll}},
               {"an empty datagram is not for nothing", {relay::Meters::kPayloadMin, 0}, {0, 0}},
               {"nor for nothing to a room", {0, relay::Meters::kPayloadMin}, {0, 0}},
               {"nor is a small one for less", {2 * relay::Meters::kPayloadMin, 0}, {1, 27, 1}}};
  for (const Flow& flow : {flow_to_peer(one), flow_to_client(one)}) {
    const FlowId id = add(flow);
    for (const Hook hook : kHooks) {
      for (const auto& [name, rates, sizes] : table) {
        meters_->set_rates(0, 0);
        ASSERT_EQ(event(flow, 1, hook), "relayed");  // it is not the flow's turn for upkeep
        refill();
        meters_->set_rates(rates.per_user, rates.per_room);
        const FlowCounters before = flows_->counters(id);
        for (std::size_t i = 0; i + 1 < sizes.size(); ++i) EXPECT_EQ(event(flow, sizes[i], hook), "relayed");
        const RunResult beyond = kernel_.run(hook, frame(flow, sizes.back()));
        EXPECT_EQ(beyond.event, "over_budget") << name;
        EXPECT_EQ(beyond.action, hook == Hook::xdp ? int{XDP_DROP} : TC_ACT_SHOT);
        const FlowCounters after = flows_->counters(id);
        EXPECT_EQ(after.packets - before.packets, sizes.size() - 1) << name;
        EXPECT_EQ(after.over_budget - before.over_budget, 1U) << name;
      }
    }
  }
}

TEST_F(ByteBudgets, visitors_have_a_rate_in_place_of_the_users) {
  const Flow of_user = flow_to_peer(route(1, 4)), of_visitor = flow_to_peer(route(2, 5));
  for (const Flow& each : {of_user, of_visitor}) add(each);
  meters_->set_rates({.per_visitor = kAll, .visitors_from = 5});
  for (const Hook hook : kHooks) {
    refill();
    EXPECT_EQ(event(of_visitor, kAll, hook), "relayed");
    EXPECT_EQ(event(of_visitor, kAll, hook), "over_budget");
    EXPECT_FALSE(by_sockets(5, kAll)) << "one budget";
    for (int i = 0; i < 3; ++i) EXPECT_EQ(event(of_user, kAll, hook), "relayed");
  }
  meters_->set_rates({.per_user = kAll, .per_visitor = 3 * kAll, .visitors_from = 5});
  refill();
  EXPECT_EQ(event(of_user, 2 * kAll), "over_budget");
  EXPECT_EQ(event(of_visitor, 2 * kAll), "relayed");
}

// A packet of each size in turn passes by one, and the next byte by neither: both cost the same.
TEST_F(ByteBudgets, shares_of_a_rate_are_the_same_for_the_program_and_the_sockets) {
  const Flow flow = flow_to_peer(route(1, 1));
  add(flow);
  meters_->put_in_room(1, 3);
  const relay::FullAt* const of_user = &kernel_.program->maps().budgets.users[1].full_at_ns;
  const relay::FullAt* const of_room = &kernel_.program->maps().budgets.rooms[3].full_at_ns;
  const struct {
    std::uint64_t rate;
    relay::Share share;
  } table[] = {{100'000, 0},
               {100'000, relay::kWhole / 2},
               {99'999, relay::kWhole / 3},
               {70'000, 65535},
               {1'000'000'007, 777},
               {5'000'000, 4000},
               {1ULL << 50, 4097},
               {100'000, 30'000}};
  for (const Hook hook : kHooks) {
    for (const auto& [rate, share] : table) {
      meters_->set_rates(0, 0);
      ASSERT_EQ(event(flow, 1, hook), "relayed");
      meters_->set_share_of_user(1, share);
      meters_->set_share_of_room(3, share);
      meters_->set_rates(rate, rate + 1);
      // What is still owed by far leaves no doubt about when the cost begins.
      const auto base = (clock_now() + milliseconds(300)).time_since_epoch().count();
      kernel_.program->maps().budgets.users[1].full_at_ns = base;
      kernel_.program->maps().budgets.rooms[3].full_at_ns = base;
      ASSERT_EQ(event(flow, kAll, hook), "relayed");
      const auto user_cost = *of_user - base, room_cost = *of_room - base;
      ASSERT_TRUE(by_sockets(1, kAll));
      EXPECT_EQ(*of_user - base, 2 * user_cost) << rate << " " << share;
      EXPECT_EQ(*of_room - base, 2 * room_cost) << rate << " " << share;
      EXPECT_EQ(static_cast<std::uint64_t>(user_cost), kAll * 1'000'000'000 / relay::share_of(rate, share));
      EXPECT_EQ(static_cast<std::uint64_t>(room_cost),
                kAll * 1'000'000'000 / relay::share_of(rate + 1, share));
    }
  }
}

TEST_F(ByteBudgets, what_is_taken_is_counted_together_when_somebody_asks) {
  const Flow flow = flow_to_peer(route(1, 1));
  add(flow);
  meters_->put_in_room(1, 3);
  meters_->set_rates(10 * kAll, 20 * kAll);
  ASSERT_EQ(event(flow, kAll), "relayed");
  EXPECT_EQ(meters_->taken_by(1, clock_now()).bytes, 0U);
  meters_->count_taken(true);
  std::uint64_t sum = 0;
  for (const Hook hook : kHooks) {
    refill();
    EXPECT_EQ(event(flow, kAll, hook), "relayed");
    EXPECT_EQ(event(flow, 1, hook), "relayed");
    EXPECT_TRUE(by_sockets(1, 2 * kAll));
    sum += 3 * kAll + relay::Meters::kPayloadMin;
    EXPECT_EQ(meters_->taken_by(1, clock_now()).bytes, sum);
    EXPECT_EQ(meters_->taken_in(3, clock_now()).bytes, sum);
    EXPECT_EQ(event(flow, 10 * kAll, hook), "over_budget");
    EXPECT_EQ(meters_->taken_by(1, clock_now()).bytes, sum) << "what is refused is not";
  }
  meters_->count_taken(false);
}

TEST_F(ByteBudgets, a_flow_that_is_over_budget_is_heard_all_the_same) {
  const Flow flow = flow_to_peer(route(1, 1));
  const FlowId id = add(flow);
  meters_->set_rates(1, 0);
  ASSERT_EQ(event(flow, kAll), "over_budget");
  EXPECT_EQ(flows_->counters(id).packets, 0U);
  EXPECT_GT(flows_->counters(id).last_activity, clock_now() - seconds(1));
}

TEST_F(ByteBudgets, the_sockets_and_the_program_take_from_one) {
  const Flow flow = flow_to_peer(route(1, 1)), other = flow_to_peer(route(2, 2));
  for (const Flow& each : {flow, other}) add(each);
  meters_->set_rates(2 * kAll + kAll / 5, 0);  // the program's clock is some milliseconds late
  EXPECT_TRUE(by_sockets(1, kAll));
  EXPECT_EQ(event(flow, kAll), "relayed");
  EXPECT_EQ(event(flow, 2 * kAll), "over_budget");
  EXPECT_FALSE(by_sockets(1, 2 * kAll));
  EXPECT_EQ(event(other, 2 * kAll), "relayed") << "another user's is another one";
  EXPECT_FALSE(by_sockets(2, 2 * kAll));
}

TEST_F(ByteBudgets, rates_hold_at_once) {
  const Flow flow = flow_to_peer(route(1, 1));
  add(flow);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(event(flow, 1000), "relayed") << "without a limit";
  EXPECT_EQ(kernel_.program->maps().budgets.users[1].full_at_ns, 0);
  meters_->set_rates(kAll, 0);
  EXPECT_EQ(event(flow, 1000), "over_budget");
  meters_->set_rates(2000, 0);
  EXPECT_EQ(event(flow, 1000), "relayed");
  meters_->set_rates(0, 0);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(event(flow, 1000), "relayed");
}

TEST_F(ByteBudgets, of_a_room_are_its_users_together_and_what_it_refuses_costs_the_user_nothing) {
  const Flow one = flow_to_peer(route(1, 1)), two = flow_to_peer(route(2, 2)),
             apart = flow_to_peer(route(3, 3)), without_meter = flow_to_peer(route(4, 0));
  for (const Flow& each : {one, two, apart, without_meter}) add(each);
  for (const MeterId user : {1U, 2U}) meters_->put_in_room(user, 5);
  meters_->set_rates(1000, kAll);
  EXPECT_EQ(event(one, kAll), "relayed");
  EXPECT_EQ(event(two, kAll), "over_budget");
  EXPECT_EQ(event(apart, 1000), "relayed") << "in no room";
  for (int i = 0; i < 10; ++i) EXPECT_EQ(event(without_meter, 1400), "relayed");
  meters_->set_rates(1000, 0);
  EXPECT_TRUE(by_sockets(2, 1000));
}

TEST_F(ByteBudgets, of_both_ends_are_taken_from_where_a_flow_joins_two_clients) {
  const Flow flow = flow_between(route(1, 1), route(2, 2), {kEntrance, next_hop_to({})});
  const FlowId id = add(flow);
  meters_->set_rates(2 * kAll, 0);
  EXPECT_EQ(event(flow, kAll), "relayed");
  for (const MeterId user : {1U, 2U}) EXPECT_FALSE(by_sockets(user, 2 * kAll)) << user;
  EXPECT_TRUE(by_sockets(2, kAll));
  EXPECT_EQ(event(flow, kAll), "over_budget") << "of the receiver";
  EXPECT_FALSE(by_sockets(1, kAll)) << "the sender pays for what it has sent";
  EXPECT_EQ(flows_->counters(id).over_budget, 1U);
}

TEST_F(ByteBudgets, that_the_program_does_not_have_leave_their_users_to_the_sockets) {
  const auto beyond = static_cast<MeterId>(kernel_.program->maps().budgets.users.size());
  EXPECT_TRUE(flows_->add(flow_to_peer(route(1, beyond - 1)), later_, clock_now()));
  EXPECT_EQ(flows_->add(flow_to_peer(route(2, beyond)), later_, clock_now()).error(), NoFlow::byte_limit);
  EXPECT_EQ(flows_
                ->add(flow_between(route(3, 1), route(4, beyond), {kEntrance, next_hop_to({})}), later_,
                      clock_now())
                .error(),
            NoFlow::byte_limit);
}

// As if others took from the budget all the time. Whoever has paid for it already pays with the sockets.
TEST_F(ByteBudgets, that_cannot_be_had_leave_the_packet_to_the_sockets_uncharged) {
  FlowMaps maps = kernel_.program->maps();
  const auto beyond = static_cast<MeterId>(maps.budgets.users.size());
  maps.budgets.users = {maps.budgets.users.data(), maps.budgets.users.size() + 1};
  FlowTable flows(maps, kFlowsMax / 2, 4);
  const Flow flow = flow_between(route(1, 1), route(2, beyond),
                                 {kEntrance, next_hop_to(route(2, 0).client.client.plain())});
  ASSERT_TRUE(flows.add(flow, later_, clock_now()));
  for (const Hook hook : kHooks) {
    ASSERT_EQ(kernel_.run(hook, frame(flow, 1)).event, "relayed");
    meters_->set_rates(kAll, 0);
    const RunResult result = kernel_.run(hook, frame(flow, kAll));
    EXPECT_EQ(result.event, "contended");
    EXPECT_EQ(result.action, hook == Hook::xdp ? int{XDP_PASS} : TC_ACT_UNSPEC);
    EXPECT_EQ(result.frame, frame(flow, kAll));
    EXPECT_TRUE(by_sockets(1, kAll));
    refill();
    meters_->set_rates(0, 0);
  }
}

// A partial checksum moves the payload, as far as that fits.
TEST_F(ByteBudgets, are_as_they_were_where_a_packet_cannot_be_rewritten) {
  constexpr std::size_t kLarge = 2049;
  const relay::Route one = route(1, 1);
  Flow flow = flow_to_peer(one);
  flow.next_hop.mtu = 9000;
  add(flow);
  meters_->put_in_room(1, 2);
  meters_->set_rates(kLarge, kLarge);
  const Datagram datagram{flow.from, flow.to, channel_data(flow.channel, some_bytes(kLarge))};
  Buffer frame = frame_of(datagram);
  store_be16(&frame[checksum_offset(datagram)], pseudo_header_sum(datagram));
  meters_->count_taken(true);
  ASSERT_EQ(kernel_.run(Hook::tc, frame).event, "too_large");
  EXPECT_EQ(meters_->taken_by(1, clock_now()).bytes, 0U);
  EXPECT_EQ(meters_->taken_in(2, clock_now()).bytes, 0U);
  EXPECT_TRUE(by_sockets(1, kLarge));
  EXPECT_FALSE(by_sockets(1, kLarge));
}

void run_many(const Program& program, Hook hook, Buffer frame, std::uint32_t times) {
  Buffer out(frame.size() + 256);
  bpf_attr attributes{};
  attributes.test.prog_fd = static_cast<std::uint32_t>(program.descriptor(hook));
  attributes.test.data_in = reinterpret_cast<std::uintptr_t>(frame.data());
  attributes.test.data_size_in = static_cast<std::uint32_t>(frame.size());
  attributes.test.data_out = reinterpret_cast<std::uintptr_t>(out.data());
  attributes.test.data_size_out = static_cast<std::uint32_t>(out.size());
  attributes.test.repeat = times;
  ASSERT_EQ(::syscall(SYS_bpf, BPF_PROG_TEST_RUN, &attributes, sizeof attributes), 0);
}

void move_to_processor(std::size_t number) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(number, &set);
  ::sched_setaffinity(0, sizeof set, &set);  // without it they take turns
}

// Two flows of one user by the program on two processors, and a third by the sockets, all as fast as they
// can.
TEST_F(ByteBudgets, are_not_exceeded_by_processors_that_take_from_one_at_once) {
  constexpr std::size_t kSize = 160;
  constexpr std::uint64_t kRate = 20'000'000;
  constexpr auto kLasts = milliseconds(500), kTick = milliseconds(20);
  std::array<Flow, 2> flows;
  std::array<FlowId, 2> ids{};
  for (std::uint16_t i = 0; i < 2; ++i) {  // to itself: a packet may be relayed again and again
    Flow& flow = flows[i] = flow_to_client(route(i, 1));
    flow.new_from = flow.from;
    flow.new_to = flow.to;
    flow.new_channel = 0;
    ids[i] = add(flow);
    ASSERT_EQ(event(flow, kSize), "relayed");
  }
  meters_->set_rates(kRate, 0);
  const TimePoint began = clock_now();
  std::atomic<std::uint64_t> by_sockets_bytes = 0;
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < 2; ++i) {
    threads.emplace_back([&, i] {
      move_to_processor(i);
      const Buffer packet = frame(flows[i], kSize);
      while (clock_now() < began + kLasts) run_many(*kernel_.program, Hook::tc, packet, 100);
    });
  }
  threads.emplace_back([&] {
    while (clock_now() < began + kLasts) by_sockets_bytes += by_sockets(1, kSize) ? kSize : 0;
  });
  for (std::thread& thread : threads) thread.join();
  const double lasted_s = std::chrono::duration<double>(clock_now() - began + kTick).count();
  std::uint64_t by_program = 0;
  for (const FlowId id : ids) {
    EXPECT_GT(flows_->counters(id).over_budget, 0U);
    by_program += flows_->counters(id).bytes;
  }
  EXPECT_GT(by_program, kRate / 100);
  EXPECT_GT(by_sockets_bytes, kRate / 100);
  const double all = static_cast<double>(by_program + by_sockets_bytes);
  EXPECT_LE(all, kRate * (1 + lasted_s));
  EXPECT_GE(all, kRate * (1 + lasted_s) * 0.8);
}

}  // namespace
}  // namespace turnpike::kernel
