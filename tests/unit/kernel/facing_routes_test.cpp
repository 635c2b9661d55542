// Channels that lead to each other's relays, of one worker and of two: what happens to flows, and who is
// told.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "route_sink_world.hpp"

namespace turnpike::kernel {
namespace {

using relay::Route;
using relay::Traffic;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

constexpr const char* kToSecond =
    "198.51.100.1:4000>203.0.113.1:3478#4001 = 203.0.113.1:3478>198.51.100.1:4999#4002 by 2";
constexpr const char* kToFirst =
    "198.51.100.1:4999>203.0.113.1:3478#4002 = 203.0.113.1:3478>198.51.100.1:4000#4001 by 2";

std::string add(int id, const char* flow, int deadline_s) {
  return fmt::format("add {}: {} until {}", id, flow, deadline_s);
}

class FacingRoutesOfOneWorker : public RouteSinkTest {
 protected:
  const FacingPair pair;
};

TEST_F(FacingRoutesOfOneWorker, are_one_flow_each_way_while_both_are_there) {
  publish(pair.first);
  EXPECT_THAT(store.take(), IsEmpty()) << "no interface leads to a relay of this host";
  publish(pair.second);
  EXPECT_THAT(store.take(), UnorderedElementsAre(add(1, kToSecond, 50), add(2, kToFirst, 50)));
  Route longer = pair.second;
  longer.deadline = after_s(200);
  publish(longer);
  EXPECT_THAT(store.take(), UnorderedElementsAre("extend 1 until 100", "extend 2 until 100"));
  sink.retract(pair.first, now);
  EXPECT_THAT(store.take(), UnorderedElementsAre("remove 1", "extend 2 until 0", "remove 2"));
  publish(pair.first);
  EXPECT_THAT(store.take(), testing::SizeIs(2));
  sink.retract(pair.second, now);
  EXPECT_THAT(store.take(), testing::SizeIs(3));
  EXPECT_TRUE(store.flows.empty());
  EXPECT_THAT(told, IsEmpty()) << "nobody else has anything to do with it";
}

TEST_F(FacingRoutesOfOneWorker, count_for_both_clients) {
  publish(pair.first);
  publish(pair.second);
  store.flows.at(1).second = {40, 400, now};  // first to second
  store.flows.at(2).second = {3, 300, now};   // second to first
  const Traffic of_first{.packets_from_client = 40,
                         .bytes_from_client = 400,
                         .packets_to_client = 3,
                         .bytes_to_client = 300,
                         .heard = now};
  const Traffic of_second{.packets_from_client = 3,
                          .bytes_from_client = 300,
                          .packets_to_client = 40,
                          .bytes_to_client = 400,
                          .heard = now};
  EXPECT_EQ(sink.traffic(7), of_first);
  EXPECT_EQ(sink.traffic(8), of_second);
  sink.retract(pair.second, now);
  EXPECT_EQ(sink.take_traffic(8), of_second);
  EXPECT_EQ(sink.traffic(7), of_first);
}

TEST_F(FacingRoutesOfOneWorker, may_be_a_channel_to_its_own_relay) {
  Route mirror = channel_route();
  mirror.peer = PeerEndpoint(mirror.relay.plain());
  publish(mirror);
  EXPECT_THAT(store.take(), ElementsAre(add(1,
                                            "198.51.100.1:4000>203.0.113.1:3478#4001 = "
                                            "203.0.113.1:3478>198.51.100.1:4000#4001 by 2",
                                            100)));
  store.flows.at(1).second = {2, 200, now};
  sink.retract(mirror, now);
  EXPECT_TRUE(store.flows.empty());
  EXPECT_EQ(sink.take_traffic(7), (Traffic{.packets_from_client = 2,
                                           .bytes_from_client = 200,
                                           .packets_to_client = 2,
                                           .bytes_to_client = 200,
                                           .heard = now}));
}

// The second route is another worker's, which has a store and a thread of its own.
class FacingRoutesOfTwoWorkers : public RouteSinkTest {
 protected:
  FacingRoutesOfTwoWorkers() { other.serve({2, 3}); }

  void publish_second(const Route& route) {
    other.publish(route, now);
    answer_all();
  }
  // Both workers' turns: messages, and what is asked.
  void answer_all() {
    for (const ChannelKey& key : std::exchange(told, {})) other.look_again(key, now);
    for (const ChannelKey& key : std::exchange(told_first, {})) sink.look_again(key, now);
    answer();
    for (auto questions = other.ask(now); !questions.empty(); questions = other.ask(now)) {
      for (const HopQuestion& question : questions) other.take(network.answer(question), now);
    }
  }

  const FacingPair pair;
  FakeStore other_store;
  std::vector<ChannelKey> told_first;
  RouteSink other{other_store, facing, [this](const ChannelKey& key) { told_first.push_back(key); }};
};

TEST_F(FacingRoutesOfTwoWorkers, are_one_flow_each_way_each_in_the_store_of_its_sender) {
  publish(pair.first);
  publish_second(pair.second);
  EXPECT_THAT(store.take(), ElementsAre(add(1, kToSecond, 50)));
  EXPECT_THAT(other_store.take(), ElementsAre(add(1, kToFirst, 50)));
  Route longer = pair.second;
  longer.deadline = after_s(200);
  publish_second(longer);
  EXPECT_THAT(store.take(), ElementsAre("extend 1 until 100")) << "at once, whoever's it is";
  EXPECT_THAT(other_store.take(), ElementsAre("extend 1 until 100"));
}

TEST_F(FacingRoutesOfTwoWorkers, end_at_once_and_are_removed_when_their_worker_is_told) {
  publish(pair.first);
  publish_second(pair.second);
  store.take();
  other.retract(pair.second, now);
  EXPECT_THAT(store.take(), ElementsAre("extend 1 until 0"));
  EXPECT_THAT(told_first, ElementsAre(ChannelKey{7, 0x4001}));
  answer_all();
  EXPECT_THAT(store.take(), ElementsAre("remove 1"));
}

TEST_F(FacingRoutesOfTwoWorkers, are_flows_of_their_own_again_when_the_other_is_gone) {
  network.interface_to[pair.first.peer.address] = 3;
  publish(pair.first);
  EXPECT_EQ(store.flows.size(), 2U);
  publish_second(pair.second);
  EXPECT_EQ(store.flows.size(), 1U);
  other.retract(pair.second, now);
  answer_all();
  EXPECT_EQ(store.flows.size(), 2U);
}

TEST_F(FacingRoutesOfTwoWorkers, leave_a_flow_over_that_leads_to_who_was_there_before) {
  publish(pair.first);
  publish_second(pair.second);
  store.take();
  other.retract(pair.second, now);
  Route next = pair.second;
  next.channel = 0x4003;
  other.publish(next, now);  // before the first worker has had its turn
  EXPECT_THAT(store.take(), ElementsAre("extend 1 until 0"));
  Route longer = pair.first;
  longer.deadline = after_s(200);
  sink.publish(longer, now);
  EXPECT_THAT(store.take(), ElementsAre("remove 1")) << "not extended";
  answer_all();
  EXPECT_EQ(store.flows.at(2).first.new_channel, 0x4003);
}

TEST_F(FacingRoutesOfTwoWorkers, make_no_flow_to_who_left_while_the_network_was_asked) {
  publish(pair.first);
  publish_second(pair.second);
  const auto gone = facing.facing(pair.first);
  other.retract(pair.second, now);
  EXPECT_EQ(facing.join(pair.first, *gone, Way{}, store, now).error(), NoFlow::left);
}

TEST_F(FacingRoutesOfTwoWorkers, count_for_both_whoever_goes_first) {
  const Traffic of_first{.packets_from_client = 40,
                         .bytes_from_client = 400,
                         .packets_to_client = 3,
                         .bytes_to_client = 300,
                         .packets_dropped = 5,
                         .heard = now};
  const Traffic of_second{.packets_from_client = 3,
                          .bytes_from_client = 300,
                          .packets_to_client = 40,
                          .bytes_to_client = 400,
                          .packets_dropped = 6,
                          .heard = now};
  for (const bool first_goes : {true, false}) {
    publish(pair.first);
    publish_second(pair.second);
    store.flows.rbegin()->second.second = {40, 400, now, 5};
    other_store.flows.rbegin()->second.second = {3, 300, now, 6};
    EXPECT_EQ(sink.traffic(7), of_first);
    EXPECT_EQ(other.traffic(8), of_second);
    first_goes ? sink.retract(pair.first, now) : other.retract(pair.second, now);
    EXPECT_EQ(first_goes ? sink.take_traffic(7) : other.take_traffic(8), first_goes ? of_first : of_second);
    answer_all();
    EXPECT_EQ(first_goes ? other.traffic(8) : sink.traffic(7), first_goes ? of_second : of_first);
    first_goes ? other.retract(pair.second, now) : sink.retract(pair.first, now);
    EXPECT_EQ(first_goes ? other.take_traffic(8) : sink.take_traffic(7), first_goes ? of_second : of_first);
    answer_all();
  }
}

// Two threads, each with its routes, that come and go at the same time: in the end nothing is left.
TEST(FacingRoutesOfTwoThreads, leave_nothing_behind) {
  FacingRoutes facing;
  const auto live = [&](bool is_first) {
    FakeStore store;
    const FakeNetwork network{.interface_to = {{kClient, 2}}, .neighbour = {}, .own_mac = {}};
    RouteSink sink(store, facing, [](const ChannelKey&) {});
    sink.serve({2});
    const FacingPair pair;
    const Route& route = is_first ? pair.first : pair.second;
    for (int round = 0; round < 2000; ++round) {
      const TimePoint now = after_s(1 + round / 100);
      sink.publish(route, now);
      for (const HopQuestion& question : sink.ask(now)) sink.take(network.answer(question), now);
      static_cast<void>(sink.traffic(route.allocation));
      sink.retract(route, now);
      EXPECT_TRUE(store.flows.empty());
      store.take();
    }
  };
  std::thread other([&] { live(false); });
  live(true);
  other.join();
}

}  // namespace
}  // namespace turnpike::kernel
