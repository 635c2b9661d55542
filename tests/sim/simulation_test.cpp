// Whole servers with their clients and peers, each run from a seed.
#include <gtest/gtest.h>

#include <charconv>
#include <cstdlib>
#include <iostream>

#include "world.hpp"

namespace turnpike::sim {
namespace {

// For replays: TURNPIKE_SIM_SEED runs one seed and prints what was seen, TURNPIKE_SIM_STEPS ends a run early.
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
  options.steps_max = std::min(options.steps_max, from_environment("TURNPIKE_SIM_STEPS").value_or(options.steps_max));
  return options;
}

void print(const World& world) {
  std::cout << world.steps() << " steps\n";
  for (const auto& [situation, times] : world.referee().tally()) std::cout << "  " << situation << ": " << times << '\n';
  for (const auto& [code, times] : world.referee().codes()) std::cout << "  " << code << ": " << times << '\n';
}

TEST(Simulation, a_thousand_clients_on_a_lossy_network_keep_every_invariant) {
  std::vector<std::uint64_t> seeds{1, 2, 3};
  const auto chosen = from_environment("TURNPIKE_SIM_SEED");
  if (chosen) seeds = {*chosen};
  for (const std::uint64_t seed : seeds) {
    World world(options_for(seed));
    world.run();
    ASSERT_TRUE(world.referee().holds()) << world.report();
    if (chosen) print(world);
  }
}

}  // namespace
}  // namespace turnpike::sim
