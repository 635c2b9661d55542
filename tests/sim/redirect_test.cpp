// Servers that send clients to one another on old news: everybody is served while there is room, and nobody
// is led in a circle for long.
#include <gtest/gtest.h>

#include "district.hpp"

namespace turnpike::sim {
namespace {

using std::chrono::seconds;

struct Case {
  const char* name;
  DistrictOptions options;
  bool is_shared;    // some are served where they were sent
  bool has_circles;  // some were sent back
};

// clang-format off
const Case kCases[] = {
    {"one_home_and_room_elsewhere", {.servers = 3, .high_water = 100, .clients = 250, .homes = 1}, true, false},
    {"all_over_their_marks_with_room", {.servers = 3, .high_water = 20, .clients = 400, .homes = 3}, true, true},
    {"old_news_of_a_rush", {.servers = 2, .high_water = 20, .clients = 300, .homes = 2, .arrivals = seconds(10), .heartbeat = seconds(30)}, false, true},
    {"old_news_among_five", {.servers = 5, .ports = 120, .high_water = 15, .clients = 400, .homes = 5, .arrivals = seconds(20), .heartbeat = seconds(30)}, true, true},
    {"one_drains", {.servers = 3, .high_water = 150, .clients = 250, .homes = 2, .first_drains = true}, true, false},
    {"one_drains_and_the_others_are_over_their_marks", {.servers = 3, .high_water = 40, .clients = 300, .homes = 3, .first_drains = true}, true, true},
};
// clang-format on

class Redirects : public testing::TestWithParam<Case> {};

TEST_P(Redirects, everybody_is_served_while_there_is_room_and_nobody_circles_ALT_05) {
  std::uint64_t elsewhere = 0, circles = 0;
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    DistrictOptions options = GetParam().options;
    options.seed = seed;
    District district(options);
    district.run();
    const Referee& referee = district.referee();
    ASSERT_TRUE(referee.holds()) << "seed " << seed << ": " << referee.first_violation();
    EXPECT_EQ(district.served(), options.clients) << "seed " << seed;
    EXPECT_LE(referee.times("refused"), options.first_drains ? 10U : 0U)
        << "until the others' news are there";
    elsewhere += referee.times("served elsewhere");
    circles += referee.times("led in a circle");
  }
  EXPECT_GE(elsewhere, GetParam().is_shared ? 1U : 0U);
  EXPECT_EQ(circles > 0, GetParam().has_circles);
}

INSTANTIATE_TEST_SUITE_P(Simulation, Redirects, testing::ValuesIn(kCases),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(Redirects, the_load_of_one_home_is_shared) {
  District district({.seed = 7, .servers = 3, .high_water = 80, .clients = 220, .homes = 1});
  district.run();
  ASSERT_TRUE(district.referee().holds()) << district.referee().first_violation();
  std::size_t most = 0;
  for (std::uint32_t server = 0; server < 3; ++server) most = std::max(most, district.served_by(server));
  EXPECT_LE(most, 130U) << "beyond the mark only by what comes until the others know";
}

}  // namespace
}  // namespace turnpike::sim
