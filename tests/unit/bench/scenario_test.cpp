// The table of scenarios and what the command line changes in it.
#include "load/scenario.hpp"

#include <gtest/gtest.h>

#include <set>

#include "load/stamp.hpp"

namespace turnpike::bench {
namespace {

TEST(Scenario, names_are_unique_and_found) {
  std::set<std::string_view> names;
  for (const Scenario& scenario : scenarios()) {
    EXPECT_TRUE(names.insert(scenario.name).second) << scenario.name;
    EXPECT_EQ(find_scenario(scenario.name), &scenario);
  }
  EXPECT_EQ(find_scenario("no such"), nullptr);
}

TEST(Scenario, parts_can_be_sent) {
  for (const Scenario& scenario : scenarios()) {
    ASSERT_FALSE(scenario.parts.empty()) << scenario.name;
    for (const Part& part : scenario.parts) {
      EXPECT_GE(part.payload_bytes, kStampSize) << scenario.name;
      EXPECT_LE(part.payload_bytes, kPayloadMax) << scenario.name;
      EXPECT_EQ(part.payload_bytes % 4, 0U) << scenario.name;
      EXPECT_GT(part.clients * part.frame_packets * part.frames_per_s, 0) << scenario.name;
    }
  }
}

TEST(Overrides, change_only_what_they_name) {
  const Scenario audio = *find_scenario("audio");
  const Part part = audio.parts.front();
  EXPECT_EQ(Overrides{}.apply(audio).parts.front(), part);

  Part expected = part;
  expected.clients = 3;
  expected.pace = Pace::open;
  expected.frames_per_s = 7;
  const Overrides overrides{.clients = 3, .frames_per_s = 7};
  EXPECT_EQ(overrides.apply(audio).parts.front(), expected);
}

TEST(Overrides, rate_zero_closes_the_loop) {
  const Scenario fanout = *find_scenario("fanout");
  ASSERT_EQ(fanout.parts.front().pace, Pace::open);
  EXPECT_EQ((Overrides{.frames_per_s = 0}).apply(fanout).parts.front().pace, Pace::closed);
}

}  // namespace
}  // namespace turnpike::bench
