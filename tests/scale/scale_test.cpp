// Fleets of fifty nodes, from seeds: what the page about fleets promises holds with real servers and clients.
#include <gtest/gtest.h>

#include <algorithm>

#include "world.hpp"

namespace turnpike::scale {
namespace {

TEST(FleetAtScale, who_is_revoked_has_nothing_a_second_later_wherever_they_ask) {
  World world({.seed = 1,
               .participants = 200,
               .seconds_ = 11,
               .arrivals_s = 4,
               .revoked_per_s = 20,
               .moving_per_s = 10,
               .cuts_per_min = 200});
  world.run();
  EXPECT_EQ(world.report().unenforced, 0U);
  EXPECT_GT(world.report().enforced.size(), 50U);
  EXPECT_LT(world.report().slowest_ms(false), 1000);
  EXPECT_LT(world.report().slowest_ms(true), 1000) << "since the node was connected again";
  EXPECT_GT(world.crowd().counts().refused, 50U) << "they came back, and to other nodes";
}

TEST(FleetAtScale, quotas_hold_again_when_nodes_have_heard_of_each_other) {
  World world({.seed = 2,
               .participants = 100,
               .seconds_ = 14,
               .arrivals_s = 4,
               .greedy = 20,
               .greedy_nodes = 12,
               .loud = 4,
               .loud_nodes = 12});
  world.run();
  double most = 0;
  for (const auto& moment : world.report().moments) most = std::max(most, moment.greedy_over);
  EXPECT_GT(most, 1.0) << "at once they get more";
  EXPECT_LE(most, 3.0) << "of 12 nodes one place each";
  EXPECT_LE(world.report().moments.back().greedy_over, 1.0);
  EXPECT_LE(world.report().moments.back().greedy_worst, 4U);
  double loudest = 0;
  for (const auto& moment : world.report().moments) {
    loudest = std::max(loudest, moment.loud_worst);
    if (moment.at_s > 10) EXPECT_LE(moment.loud_worst, 1.25) << moment.at_s;
  }
  EXPECT_GT(loudest, 5) << "at once each node gives all of it";
  EXPECT_GT(world.report().moments.back().loud_over, 0.9) << "and later nobody wastes any";
}

TEST(FleetAtScale, the_clients_of_a_region_that_dies_are_served_elsewhere_and_hardly_led_in_circles) {
  World world({.seed = 3,
               .participants = 400,
               .capacity = 16,
               .seconds_ = 24,
               .arrivals_s = 4,
               .region_dies_at_s = 1,
               .comeback = Comeback::neighbour});
  world.run();
  const auto& end = world.report().moments.back();
  const CrowdCounts& counts = world.crowd().counts();
  EXPECT_EQ(end.waiting, 0U);
  EXPECT_LE(end.share_max, 0.95) << "where all of them came to there is no room for all";
  EXPECT_GT(counts.redirections, 20U);
  EXPECT_LE(counts.circles, counts.redirections / 10);
}

TEST(FleetAtScale, a_fleet_that_reconnects_at_once_is_complete_within_seconds) {
  World world({.seed = 4,
               .participants = 50,
               .seconds_ = 16,
               .arrivals_s = 4,
               .redis_away_at_s = 2,
               .redis_away_s = 2,
               .redis_loses_data = true,
               .words_before = 200});
  world.run();
  const auto& end = world.report().moments.back();
  EXPECT_EQ(end.caught_up, 50U);
  EXPECT_EQ(end.complete, 50U);
  EXPECT_GT(world.store().keys(), 200U) << "what Redis had lost is there again";
}

// What the model says a message costs is what was measured: fan-out is most of what Redis does.
TEST(Store, a_message_goes_to_every_node_and_a_turn_costs_a_write_of_each) {
  World world({.seed = 5, .nodes = 10, .participants = 10, .seconds_ = 5, .arrivals_s = 1});
  world.run();
  StoreUse sum;
  for (const StoreUse& each : world.store().use()) {
    sum.published += each.published;
    sum.delivered += each.delivered;
    sum.busy_us += each.busy_us;
  }
  EXPECT_LE(sum.delivered, 10 * sum.published);
  EXPECT_GE(sum.delivered, 8 * sum.published) << "the first ones came before the last nodes";
  EXPECT_GT(sum.busy_us, RedisCosts{}.delivery * static_cast<double>(sum.delivered));
}

}  // namespace
}  // namespace turnpike::scale
