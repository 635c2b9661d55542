// The accounts as JSON.
#include "turnpike/livekit/usage_report.hpp"

#include <gtest/gtest.h>

namespace turnpike::livekit {
namespace {

using std::chrono::seconds;

const TimePoint kNow{seconds(100)};

TEST(UsageReport, sums_add_up_and_begin_with_the_first) {
  Usage sum{1, 2, TimePoint(seconds(5)), {1, 2, 3, 4, 5}, 10};
  sum += {10, 20, TimePoint(seconds(3)), {10, 20, 30, 40, 50}, 100};
  EXPECT_EQ(sum, (Usage{11, 22, TimePoint(seconds(3)), {11, 22, 33, 44, 55}, 110}));
  sum += Usage{};
  EXPECT_EQ(sum.since, TimePoint(seconds(3)));
}

TEST(UsageReport, nobody_is_two_empty_lists) {
  EXPECT_EQ(usage_json({}, kNow), "{\"rooms\":[],\"others\":[]}\n");
}

TEST(UsageReport, rooms_have_sums_and_participants_and_names_are_escaped) {
  const Usage usage{1, 2, kNow - seconds(30), {3, 4, 5, 6, 7}, 8};
  const std::string usage_text =
      R"("allocations":1,"allocations_total":2,"seconds":30,"packets_from_client":3,"bytes_from_client":4,)"
      R"("packets_to_client":5,"bytes_to_client":6,"packets_dropped":7,"bits_per_second":8)";
  const std::string none_text =
      R"("allocations":0,"allocations_total":0,"seconds":0,"packets_from_client":0,"bytes_from_client":0,)"
      R"("packets_to_client":0,"bytes_to_client":0,"packets_dropped":0,"bits_per_second":0)";
  const UsageView view = {
      {{"\"r\"", 9, usage, {{"PA_1", "al\nice", {Transport::udp, Transport::tls}, usage}}}},
      {{"user", "", {}, {}}},
  };
  EXPECT_EQ(usage_json(view, kNow),
            R"({"rooms":[{"name":"\"r\"","participants_left":9,)" + usage_text +
                R"(,"participants":[{"user":"PA_1","identity":"al\nice","transports":["udp","tls"],)" +
                usage_text + R"(}]}],"others":[{"user":"user","transports":[],)" + none_text + "}]}\n");
}

}  // namespace
}  // namespace turnpike::livekit
