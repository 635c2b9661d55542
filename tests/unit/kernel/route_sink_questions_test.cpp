// What is asked about routes, when, and how often; and what becomes of routes whose answers are late or never
// come.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <numeric>

#include "route_sink_world.hpp"
#include "turnpike/base/random.hpp"

namespace turnpike::kernel {
namespace {

using relay::Route;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::size_t kMax = OpenQuestions::kMax;
constexpr std::uint16_t kFirstChannel = 0x4001;

// Different channels to different peers.
Route nth_route(std::size_t n) {
  Route route = channel_route();
  route.channel = static_cast<std::uint16_t>(kFirstChannel + n);
  route.peer.port = static_cast<std::uint16_t>(5000 + n);
  return route;
}

class RouteSinkQuestions : public RouteSinkTest {
 protected:
  void publish_many(std::size_t count) {
    for (std::size_t n = 0; n < count; ++n) sink.publish(nth_route(n), now);
  }
  // Which routes are asked about, by their number.
  static std::vector<std::size_t> numbers(const std::vector<HopQuestion>& questions) {
    std::vector<std::size_t> numbers;
    for (const HopQuestion& each : questions) numbers.push_back(each.route.channel - kFirstChannel);
    return numbers;
  }
  std::vector<std::size_t> range(std::size_t first, std::size_t end) {
    std::vector<std::size_t> numbers(end - first);
    std::iota(numbers.begin(), numbers.end(), first);
    return numbers;
  }
};

TEST_F(RouteSinkQuestions, are_both_ways_of_a_route_and_the_flows_come_with_the_answer) {
  sink.publish(channel_route(), now);
  EXPECT_THAT(store.take(), IsEmpty());
  const auto questions = sink.ask(now);
  ASSERT_THAT(questions, SizeIs(1));
  EXPECT_EQ(questions[0].route, (ChannelKey{7, 0x4001}));
  EXPECT_EQ(questions[0].to_client, (AddressPair{at("203.0.113.1:0").address, kClient}));
  EXPECT_EQ(questions[0].to_peer, (AddressPair{at("203.0.113.2:0").address, kPeer}));
  EXPECT_THAT(sink.ask(now), IsEmpty()) << "once is enough";
  EXPECT_THAT(store.take(), IsEmpty());
  take(questions);
  EXPECT_THAT(store.flows, SizeIs(2));
  EXPECT_EQ(sink.next_deadline(), std::nullopt);
}

TEST_F(RouteSinkQuestions, of_a_thousand_routes_at_once_are_a_bounded_number_at_a_time) {
  constexpr std::size_t kRoutes = 1000;
  store.room = 2 * kRoutes;
  publish_many(kRoutes);
  EXPECT_THAT(store.flows, IsEmpty());
  std::size_t asked = 0;
  for (auto questions = sink.ask(now); !questions.empty(); questions = sink.ask(now)) {
    EXPECT_LE(questions.size(), kMax);
    asked += questions.size();
    EXPECT_THAT(sink.ask(now), IsEmpty()) << "no more until there are answers";
    take(questions);
  }
  EXPECT_EQ(asked, kRoutes);
  EXPECT_THAT(store.flows, SizeIs(2 * kRoutes));
  EXPECT_EQ(sink.admissions().added, 2 * kRoutes);
}

TEST_F(RouteSinkQuestions, that_nobody_answers_are_given_up_and_their_routes_are_the_sockets) {
  publish_many(kMax + 5);
  EXPECT_THAT(sink.ask(now), SizeIs(kMax));
  const TimePoint late = now + OpenQuestions::kPatience;
  EXPECT_EQ(sink.next_deadline(), late);
  EXPECT_THAT(sink.ask(late - Duration(1)), IsEmpty());
  EXPECT_THAT(sink.ask(late), SizeIs(5)) << "the others have their turn";
  EXPECT_THAT(sink.ask(late + OpenQuestions::kPatience), IsEmpty()) << "nothing is asked again and again";
  EXPECT_EQ(sink.next_deadline(), std::nullopt);
  EXPECT_THAT(store.take(), IsEmpty());
  EXPECT_EQ(sink.admissions().not_added[static_cast<std::size_t>(NoFlow::unanswered)], 2 * (kMax + 5));
}

TEST_F(RouteSinkQuestions, that_were_given_up_are_asked_again_when_the_route_is_published_again) {
  sink.publish(channel_route(), now);
  EXPECT_THAT(sink.ask(now), SizeIs(1));
  now += OpenQuestions::kPatience;
  EXPECT_THAT(sink.ask(now), IsEmpty());
  publish(channel_route(200));
  EXPECT_THAT(store.flows, SizeIs(2));
}

TEST_F(RouteSinkQuestions, may_be_answered_late) {
  sink.publish(channel_route(), now);
  const auto questions = sink.ask(now);
  now += 2 * OpenQuestions::kPatience;
  EXPECT_THAT(sink.ask(now), IsEmpty());
  take(questions);
  EXPECT_THAT(store.flows, SizeIs(2));
}

TEST_F(RouteSinkQuestions, that_nobody_answers_after_a_change_end_the_flows_that_there_were) {
  publish(channel_route());
  sink.serve({2, 3});
  EXPECT_THAT(sink.ask(now), SizeIs(1));
  EXPECT_THAT(store.flows, SizeIs(2)) << "they stay while there is hope";
  EXPECT_THAT(sink.ask(now + OpenQuestions::kPatience), IsEmpty());
  EXPECT_THAT(store.flows, IsEmpty());
}

TEST_F(RouteSinkQuestions, that_are_open_stop_neither_deadlines_nor_retractions) {
  publish(channel_route());
  store.take();
  sink.serve({2, 3});
  const auto questions = sink.ask(now);
  sink.publish(channel_route(200), now);
  EXPECT_THAT(store.take(), ElementsAre("extend 1 until 200", "extend 2 until 200"));
  sink.retract(channel_route(), now);
  EXPECT_THAT(store.take(), ElementsAre("remove 1", "remove 2"));
  take(questions);
  EXPECT_THAT(store.take(), IsEmpty()) << "the route is gone";
  EXPECT_THAT(sink.ask(now), IsEmpty());
}

TEST_F(RouteSinkQuestions, that_are_open_are_not_asked_again_when_the_route_is_renewed) {
  sink.publish(channel_route(), now);
  const auto questions = sink.ask(now);
  sink.publish(channel_route(200), now);
  EXPECT_THAT(sink.ask(now), IsEmpty());
  take(questions);
  EXPECT_THAT(sink.ask(now), IsEmpty());
  EXPECT_THAT(store.take(), SizeIs(2));
  sink.publish(channel_route(300), now);
  EXPECT_THAT(store.take(), ElementsAre("extend 1 until 300", "extend 2 until 300"));
}

TEST_F(RouteSinkQuestions, are_asked_again_where_the_peer_has_become_a_relay_meanwhile) {
  Route first = channel_route(), second = channel_route();
  second.client.client.port = 4999;
  second.relay = at("203.0.113.2:50001");
  second.channel = 0x4002;
  second.allocation = 8;
  first.peer = PeerEndpoint(second.relay.plain());
  second.peer = PeerEndpoint(first.relay.plain());
  sink.publish(first, now);
  const auto questions = sink.ask(now);
  sink.publish(second, now);
  take(questions);
  EXPECT_THAT(store.flows, IsEmpty());
  answer();
  EXPECT_THAT(store.flows, SizeIs(2));
}

TEST_F(RouteSinkQuestions, that_wait_go_with_their_route) {
  publish_many(kMax + 3);
  const auto questions = sink.ask(now);
  sink.retract(nth_route(kMax + 1), now);
  take(questions);
  EXPECT_EQ(numbers(sink.ask(now)), (std::vector<std::size_t>{kMax, kMax + 2}));
}

TEST_F(RouteSinkQuestions, about_other_ends_than_the_route_has_by_now_are_asked_anew) {
  Route other = channel_route();
  other.peer = at("192.0.2.2:5000");
  network.interface_to[other.peer.address] = 2;
  sink.publish(channel_route(), now);
  const auto about_the_first = sink.ask(now);
  sink.retract(channel_route(), now);
  sink.publish(other, now);
  take(about_the_first);
  EXPECT_THAT(store.flows, IsEmpty());
  answer();
  ASSERT_THAT(store.flows, SizeIs(2));
  EXPECT_EQ(store.flows.begin()->second.first.next_hop.interface, 2U);
}

TEST_F(RouteSinkQuestions, after_a_change_are_about_each_in_turn_and_end_whatever_changes_meanwhile) {
  constexpr std::size_t kRoutes = kMax + 20;
  publish_many(kRoutes);
  answer();
  sink.serve({2, 3});
  auto questions = sink.ask(now);
  EXPECT_EQ(numbers(questions), range(0, kMax));
  sink.serve({2, 3});
  sink.retract(nth_route(kMax + 2), now);
  take(questions);
  questions = sink.ask(now);
  auto expected = range(kMax, kRoutes);
  expected.erase(expected.begin() + 2);
  const auto once_more = range(0, kMax - expected.size());
  expected.insert(expected.end(), once_more.begin(), once_more.end());
  EXPECT_EQ(numbers(questions), expected) << "where it stopped, and once more";
  take(questions);
  questions = sink.ask(now);
  EXPECT_EQ(numbers(questions).front(), once_more.size());
  EXPECT_EQ(numbers(questions).back(), kRoutes - 1);
  take(questions);
  EXPECT_THAT(sink.ask(now), IsEmpty());
}

TEST_F(RouteSinkQuestions, about_new_routes_come_before_those_after_a_change) {
  publish_many(3);
  answer();
  sink.serve({2, 3});
  sink.publish(nth_route(9), now);
  EXPECT_EQ(numbers(sink.ask(now)), (std::vector<std::size_t>{9, 0, 1, 2, 9}));
}

TEST_F(RouteSinkQuestions, are_none_about_what_the_kernel_cannot_relay_and_the_reasons_are_counted) {
  const auto counted_for = [&](void (*alter)(Route&)) {
    Route route = channel_route();
    alter(route);
    const FlowAdmissions before = sink.admissions();
    publish(route);
    sink.retract(route, now);
    std::string changes;
    for (std::size_t cause = 0; cause < kNoFlowKinds; ++cause) {
      for (auto n = before.not_added[cause]; n < sink.admissions().not_added[cause]; ++n)
        changes += std::string(to_string(static_cast<NoFlow>(cause))) + " ";
    }
    return changes;
  };
  EXPECT_EQ(counted_for([](Route& route) { route.client.transport = Transport::tls; }), "stream ");
  EXPECT_EQ(counted_for([](Route& route) { route.channel = 0; }), "") << "a permission";
  EXPECT_EQ(counted_for([](Route& route) { route.peer.address = route.relay.address; }), "no_way no_way ");
  serve({2});
  EXPECT_EQ(counted_for([](Route&) {}), "no_program ");
  serve({2, 3});
  store.room = 1;
  EXPECT_EQ(counted_for([](Route&) {}), "no_room ");
}

// Answers come in the order of their questions, at any time or never; when all is told, the flows are those
// of a plain list.
TEST_F(RouteSinkQuestions, agree_with_a_list_however_late_the_answers_are) {
  SeededRandom random(9);
  std::map<std::size_t, Route> list;
  std::deque<HopAnswer> under_way;
  for (int round = 0; round < 3000; ++round) {
    const std::size_t n = random.below(8);
    Route route = nth_route(n);
    route.peer.address = IpAddress::v4(192, 0, 2, static_cast<std::uint8_t>(1 + random.below(4)));
    switch (random.below(6)) {
      case 0:
        if (list.contains(n)) sink.retract(list.at(n), now);
        list.erase(n);
        break;
      case 1:
        network.interface_to[route.peer.address] = static_cast<std::uint32_t>(1 + random.below(3));
        sink.serve({2, 3});
        break;
      case 2: now += OpenQuestions::kPatience / 3; break;
      case 3:
        if (!under_way.empty()) under_way.pop_front();  // lost
        break;
      default:
        if (list.contains(n)) route = list.at(n);
        sink.publish(route, now);
        list[n] = route;
    }
    for (const HopQuestion& question : sink.ask(now)) under_way.push_back(network.answer(question));
    for (auto count = random.below(3); count > 0 && !under_way.empty(); --count) {
      sink.take(under_way.front(), now);
      under_way.pop_front();
    }
    if (round % 50 != 0) continue;
    for (; !under_way.empty(); under_way.pop_front()) sink.take(under_way.front(), now);
    change_network();
    std::size_t expected = 0;
    for (const auto& [number, published] : list) {
      const auto hop = network.interface_to.find(published.peer.address);
      if (hop == network.interface_to.end()) continue;
      expected += hop->second == kLoopbackIndex ? 0 : 2;  // no program is there
    }
    ASSERT_EQ(store.flows.size(), expected) << "round " << round;
  }
}

}  // namespace
}  // namespace turnpike::kernel
