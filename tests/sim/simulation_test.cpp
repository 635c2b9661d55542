// Whole servers with their clients and peers, each run from a seed.
#include <gtest/gtest.h>

#include <charconv>
#include <cstdlib>
#include <iostream>

#include "world.hpp"

namespace turnpike::sim {
namespace {

// For replays: TURNPIKE_SIM_SEED runs that seed and prints what was seen, TURNPIKE_SIM_STEPS ends every run
// early.
std::optional<std::uint64_t> from_environment(const char* name) {
  const char* text = std::getenv(name);
  if (text == nullptr) return std::nullopt;
  std::uint64_t value = 0;
  const std::string_view digits{text};
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return error == std::errc{} && end == digits.data() + digits.size() ? std::optional(value) : std::nullopt;
}

WorldOptions options_for(std::uint64_t seed) {
  WorldOptions options;
  options.seed = seed;
  options.steps_max =
      std::min(options.steps_max, from_environment("TURNPIKE_SIM_STEPS").value_or(options.steps_max));
  return options;
}

WorldOptions small_options_for(std::uint64_t seed) {
  WorldOptions options = options_for(seed);
  options.clients = 200;
  options.duration = std::chrono::seconds(600);
  options.site.users = 30;
  options.site.ports = {50000, 50199};
  return options;
}

void print(const World& world) {
  std::cout << world.steps() << " steps\n";
  for (const auto& [situation, times] : world.referee().tally())
    std::cout << "  " << situation << ": " << times << '\n';
  for (const auto& [code, times] : world.referee().codes())
    std::cout << "  " << code << ": " << times << '\n';
}

// clang-format off
constexpr const char* kSituations[] = {
    "allocate", "refresh", "half refreshed", "create permission", "channel bind", "binding", "reservation redeemed", "port in use",
    "expired", "deleted", "client closed", "abandoned", "revoked", "restart", "rules changed", "passwords changed", "address went", "address came", "address gone",
    "data to peer", "data to client", "data from client dropped", "data from peer dropped", "relay to relay", "icmp",
    "letter from client", "letter from peer", "letter between clients", "over budget from client", "over budget from peer",
    "stream out of frame", "own port again", "port given before its rest was over"};
// clang-format on
constexpr int kCodes[] = {400, 401, 403, 420, 437, 438, 441, 443, 486, 500, 508};

// A simulation in which nothing happens breaks no invariant either.
void expect_eventful(const Referee& referee) {
  for (const char* situation : kSituations) EXPECT_GT(referee.times(situation), 0U) << situation;
  for (const int code : kCodes) EXPECT_TRUE(referee.codes().contains(code)) << code;
}

TEST(Simulation, a_thousand_clients_on_a_lossy_network_keep_every_invariant) {
  const auto chosen = from_environment("TURNPIKE_SIM_SEED");
  const WorldOptions options = options_for(chosen.value_or(1));
  World world(options);
  world.run();
  if (chosen) print(world);
  ASSERT_TRUE(world.referee().holds()) << world.report();
  if (world.steps() < options.steps_max) expect_eventful(world.referee());
}

TEST(SmallSimulation, the_same_seed_gives_the_same_trace_and_another_seed_another) {
  const auto trace_of = [](std::uint64_t seed) {
    World world(small_options_for(seed));
    world.run();
    EXPECT_TRUE(world.referee().holds()) << world.report();
    return std::pair(world.steps(), world.trace());
  };
  const auto first = trace_of(11);
  EXPECT_EQ(trace_of(11), first);
  EXPECT_NE(trace_of(12).second, first.second);
}

// TURNPIKE_SIM_SEED replaces the seeds of all.
struct Town {
  const char* name;
  std::uint64_t seed;
  std::uint32_t workers;
  std::uint32_t clients;
  std::uint32_t users;
  turn::PortRange ports;
};

constexpr turn::PortRange kRoomy{50000, 50199};
constexpr turn::PortRange kNarrow{50000, 50040};  // fewer than clients, and the last even port has no partner

// clang-format off
constexpr Town kTowns[] = {
    {"one_worker", 21, 1, 200, 30, kRoomy},
    {"two_workers", 22, 2, 200, 30, kRoomy},
    {"four_workers", 24, 4, 200, 30, kRoomy},
    {"few_ports_of_one_worker", 41, 1, 60, 12, kNarrow},
    {"few_ports", 42, 2, 60, 12, kNarrow},
    {"few_ports_and_a_leap_upon_a_leap", 101, 2, 60, 12, kNarrow},
    {"few_ports_and_an_address_that_goes_while_relays_open", 135, 2, 60, 12, kNarrow},
};
// clang-format on

class SmallTown : public testing::TestWithParam<Town> {};

TEST_P(SmallTown, keeps_every_invariant) {
  const Town& town = GetParam();
  const auto chosen = from_environment("TURNPIKE_SIM_SEED");
  WorldOptions options = small_options_for(chosen.value_or(town.seed));
  options.clients = town.clients;
  options.site.workers = town.workers;
  options.site.users = town.users;
  options.site.ports = town.ports;
  World world(options);
  world.run();
  if (chosen) print(world);
  EXPECT_TRUE(world.referee().holds()) << world.report();
  if (town.ports == kNarrow && world.steps() < options.steps_max) {
    EXPECT_GT(world.referee().times("port given before its rest was over"), 0U);
    EXPECT_TRUE(world.referee().codes().contains(508));
  }
}

INSTANTIATE_TEST_SUITE_P(Simulation, SmallTown, testing::ValuesIn(kTowns),
                         [](const auto& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace turnpike::sim
