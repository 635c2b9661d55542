// Strangers who try out the server: what their credentials are good for, and how little that is.
#include <gmock/gmock.h>

#include "rfc/test_client.hpp"

namespace turnpike::test {
namespace {

using turn::Cause;
using turn::NameKind;

const Login kOne{"one", "pass1"}, kTwo{"two", "pass2"}, kUser{"user", "pass"};

turn::Credential visitor(const char* name, const char* password, const char* user_id) {
  return {.username = name,
          .password = password,
          .user_id = user_id,
          .expires_unix_s = 1'700'000'120,
          .kind = NameKind::visitor};
}

// Two visitors from different addresses, and a user.
WorldOptions visited() {
  WorldOptions options;
  options.users = {
      visitor("one", "pass1", "check:a"), visitor("two", "pass2", "check:b"), {"user", "pass", "user", {}}};
  options.visitors_max = 16;
  return options;
}

std::string text_of(const Endpoint& endpoint) { return endpoint.to_string(); }

std::vector<Cause> refusals(World& world) {
  std::vector<Cause> causes;
  for (const auto& told : world.take_log<turn::RequestRefused>()) {
    if (told.refusal.cause != Cause::no_credentials) causes.push_back(told.refusal.cause);
  }
  return causes;
}

TEST(Visitors, reach_each_others_relays_both_ways_as_indications_and_on_channels) {
  WorldOptions options = visited();
  options.peers.only_allowed = true;  // as beside LiveKit
  World world(options);
  TestClient one(world, "198.51.100.1:1", kOne), two(world, "198.51.100.1:2", kTwo);
  const Endpoint first = one.allocate().relay(), second = two.allocate().relay();
  EXPECT_EQ(one.permit(text_of(second)).code(), 0);
  EXPECT_EQ(two.bind(0x4000, text_of(first)).code(), 0);
  EXPECT_TRUE(one.reaches(text_of(second)));
  EXPECT_TRUE(two.reaches_on(0x4000, text_of(first)));
  EXPECT_TRUE(world.peer_sends(first, text_of(second), "hello"));
  EXPECT_TRUE(world.peer_sends(second, text_of(first), "hello"));
}

TEST(Visitors, reach_nothing_else_whatever_the_rules_allow) {
  WorldOptions options = visited();
  options.peers.allow = {{*IpPrefix::parse("0.0.0.0/0")}};
  World world(options);
  TestClient one(world, "198.51.100.1:1", kOne), user(world, "198.51.100.1:2", kUser);
  const Endpoint first = one.allocate().relay(), of_user = user.allocate().relay();
  EXPECT_EQ(one.permit("20.0.2.1:5000").code(), 403);
  EXPECT_EQ(one.bind(0x4000, "20.0.2.1:5000").code(), 403);
  EXPECT_EQ(one.bind(0x4000, text_of(of_user)).code(), 403);
  EXPECT_EQ(one.bind(0x4000, "203.0.113.1:7").code(), 403);
  EXPECT_THAT(refusals(world), testing::Each(Cause::peer_is_no_visitor));
  // A permission is for an address; each port of it is asked for when there is data.
  EXPECT_EQ(one.permit(text_of(first)).code(), 0);
  EXPECT_FALSE(one.reaches(text_of(of_user)));
  EXPECT_FALSE(one.reaches("203.0.113.1:7"));
  EXPECT_FALSE(world.peer_sends(first, text_of(of_user), "hello"));
  EXPECT_FALSE(world.peer_sends(first, "203.0.113.1:7", "hello"));
  EXPECT_FALSE(world.peer_sends(first, "20.0.2.1:5000", "hello"));
}

TEST(Visitors, one_of_two_peers_that_is_refused_refuses_both) {
  World world(visited());
  TestClient one(world, "198.51.100.1:1", kOne);
  const std::string first = text_of(one.allocate().relay());
  EXPECT_EQ(one.request(Method::create_permission, {peer(first), peer("20.0.2.1:5000")}).code(), 403);
  EXPECT_TRUE(world.routes().empty());
}

TEST(Visitors, are_gone_when_their_credential_is_however_they_refresh) {
  World world(visited());
  TestClient one(world, "198.51.100.1:1", kOne);
  world.advance(seconds(30));
  EXPECT_EQ(one.allocate({lifetime(3600)}).lifetime_s(), 90U);
  world.advance(seconds(40));
  EXPECT_EQ(one.refresh({lifetime(3600)}).lifetime_s(), 50U);
  EXPECT_EQ(one.refresh().lifetime_s(), 50U);
  world.step_wall_clock(seconds(-1000));
  EXPECT_EQ(one.refresh({lifetime(3600)}).lifetime_s(), 50U) << "the wall clock is asked once";
  world.advance(seconds(49));
  EXPECT_EQ(one.refresh({lifetime(1)}).lifetime_s(), 1U);
  world.oversleep(seconds(1));
  EXPECT_EQ(one.refresh().code(), 437);
  EXPECT_EQ(world.counts().places, 0U);
}

TEST(Visitors, have_two_minutes_even_if_another_servers_clock_is_ahead) {
  World world(visited());
  world.step_wall_clock(seconds(-100));
  EXPECT_EQ(TestClient(world, "198.51.100.1:1", kOne).allocate().lifetime_s(), 120U);
}

TEST(Visitors, may_end_sooner) {
  World world(visited());
  TestClient one(world, "198.51.100.1:1", kOne);
  one.allocate();
  EXPECT_EQ(one.refresh({lifetime(0)}).code(), 0);
  EXPECT_EQ(world.counts().places, 0U);
}

TEST(Visitors, routes_end_with_the_credential) {
  World world(visited());
  TestClient one(world, "198.51.100.1:1", kOne), two(world, "198.51.100.1:2", kTwo);
  one.allocate();
  const std::string second = text_of(two.allocate().relay());
  one.bind(0x4000, second);
  for (const relay::Route& route : world.routes()) {
    EXPECT_EQ(route.deadline, world.now().monotonic + seconds(120));
    EXPECT_EQ(route.reach, relay::Reach::visitors);
    EXPECT_GE(route.meter, relay::kVisitorMetersFrom);
  }
  EXPECT_EQ(world.routes().size(), 2U);
  world.oversleep(seconds(120));
  EXPECT_FALSE(one.reaches_on(0x4000, second));
}

TEST(Visitors, have_a_few_places_each_and_some_in_all_and_others_have_theirs) {
  WorldOptions options = visited();
  options.visitors_max = 10;
  options.allocations_per_user_max = 1;
  World world(options);
  const auto allocate = [&](int port, const Login& login) {
    return TestClient(world, "198.51.100.1:" + std::to_string(port), login).allocate().code();
  };
  for (int port = 1; port <= 8; ++port) EXPECT_EQ(allocate(port, kOne), 0) << port;
  EXPECT_EQ(allocate(9, kOne), 486);
  for (int port = 11; port <= 12; ++port) EXPECT_EQ(allocate(port, kTwo), 0) << port;
  EXPECT_EQ(allocate(13, kTwo), 508);
  EXPECT_EQ(allocate(20, kUser), 0);
  EXPECT_EQ(world.counts().places_of_visitors, 10U);
  EXPECT_THAT(refusals(world), testing::ElementsAre(Cause::user_quota, Cause::visitors_full));
}

TEST(Visitors, have_a_rate_of_their_own) {
  WorldOptions options = visited();
  options.bytes_per_visitor = 10'000;
  World world(options);
  TestClient one(world, "198.51.100.1:1", kOne), two(world, "198.51.100.1:2", kTwo);
  TestClient user(world, "198.51.100.1:3", kUser);
  one.allocate();
  user.allocate();
  const std::string second = text_of(two.allocate().relay()), kilobyte(1000, 'x');
  one.bind(0x4000, second);
  user.bind(0x4000, "20.0.2.1:5000");
  int of_one = 0, of_user = 0;
  for (int i = 0; i < 20; ++i) {
    of_one += one.reaches_on(0x4000, second, kilobyte) ? 1 : 0;
    of_user += user.reaches_on(0x4000, "20.0.2.1:5000", kilobyte) ? 1 : 0;
  }
  EXPECT_EQ(of_one, 10);
  EXPECT_EQ(of_user, 20);
}

TEST(Visitors, are_ended_where_a_reload_lets_none_in) {
  World world(visited());
  TestClient one(world, "198.51.100.1:1", kOne), user(world, "198.51.100.1:2", kUser);
  one.allocate();
  user.allocate();
  WorldOptions closed = visited();
  closed.users.erase(closed.users.begin());
  closed.users.pop_back();
  world.reload(closed);
  const auto ended = world.take_log<turn::AllocationEnded>();
  ASSERT_EQ(ended.size(), 1U) << "a user goes on as ever";
  EXPECT_EQ(ended[0].user_id, "check:a");
  EXPECT_EQ(ended[0].reason, turn::EndReason::credential_gone);
}

TEST(Visitors, stay_visitors_in_another_process) {
  World world(visited());
  TestClient one(world, "198.51.100.1:1", kOne);
  const std::string first = text_of(one.allocate().relay());
  world.advance(seconds(20));
  world.restart();
  EXPECT_EQ(one.refresh({lifetime(3600)}).lifetime_s(), 100U);
  EXPECT_EQ(one.permit("20.0.2.1:5000").code(), 403);
  EXPECT_EQ(one.permit(first).code(), 0);
  EXPECT_EQ(world.counts().places_of_visitors, 1U);
}

}  // namespace
}  // namespace turnpike::test
