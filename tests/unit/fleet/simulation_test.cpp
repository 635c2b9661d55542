// Fleets of nodes over a model of Redis, from seeds.
#include "unit/fleet/simulation.hpp"

#include <gtest/gtest.h>

namespace turnpike::fleet {
namespace {

using test::Scene;
using test::Simulation;

class FleetSimulation : public testing::TestWithParam<std::uint64_t> {};

TEST_P(FleetSimulation, five_nodes_through_cuts_restarts_and_a_slow_redis) {
  Simulation(Scene{.seed = GetParam(), .nodes = 5, .seconds_ = 120}).run();
}

INSTANTIATE_TEST_SUITE_P(Seeds, FleetSimulation, testing::Range<std::uint64_t>(1, 5));

TEST(LargeFleetSimulation, fifty_nodes_through_cuts_and_restarts) {
  Simulation(Scene{.seed = 50, .nodes = 50, .seconds_ = 20, .actions_per_second = 5}).run();
}

TEST(LargeFleetSimulation, fifty_nodes_in_peace) {
  Simulation(Scene{.seed = 51, .nodes = 50, .seconds_ = 15, .has_faults = false, .actions_per_second = 5})
      .run();
}

}  // namespace
}  // namespace turnpike::fleet
