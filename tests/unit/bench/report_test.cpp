// Rows stand under their heads, JSON is one line with the fields that scripts/bench reads, warnings name the
// generator's own faults.
#include "load/report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace turnpike::bench {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Report traffic_report() {
  TrafficResult result;
  result.totals = {.sent = 1000, .received = 990, .duplicated = 3, .reordered = 4, .corrupt = 5};
  result.seconds = 2;
  result.relayed = 4000;
  result.relayed_bytes = 640'000;
  result.used.server_ns = 20'000'000;
  result.used.generator_ns = 20'000'000;
  result.latency.record(100'000);
  return {"audio", "turn:192.0.2.1", false, result};
}

Report allocations_report() {
  AllocationsResult result{.made = 100, .failed = 1, .seconds = 2, .memory_bytes_each = 1234};
  result.used.server_ns = 5'000'000;
  return {"many", "turn:192.0.2.1", false, result};
}

TEST(Report, rows_are_as_wide_as_their_heads) {
  for (const Report& report : {traffic_report(), allocations_report()}) {
    const std::string head = to_head(report.outcome);
    EXPECT_EQ(to_row(report).size(), head.size() - (head.rfind('\n') + 1)) << head;
  }
}

TEST(Report, json_has_rates_and_costs) {
  const std::string json = to_json(traffic_report());
  EXPECT_THAT(json, Not(HasSubstr("\n")));
  for (const char* field : {R"("scenario":"audio")", R"("lost":5)", R"("duplicated":3)", R"("reordered":4)",
                            R"("corrupt":5)", R"("relayed_per_s":2E3)", R"("server_us_per_packet":5E0)",
                            R"("work_us_per_packet":1E1)", R"("p99":1E2)"}) {
    EXPECT_THAT(json, HasSubstr(field));
  }
  const std::string other = to_json(allocations_report());
  for (const char* field : {R"("allocations_per_s":5E1)", R"("server_us_per_allocation":5E1)",
                            R"("memory_bytes_per_allocation":1.234E3)"}) {
    EXPECT_THAT(other, HasSubstr(field));
  }
}

TEST(Report, warns_only_of_faults_of_the_generator) {
  Report report = traffic_report();
  EXPECT_EQ(to_warning(report), "");
  EXPECT_EQ(to_warning(allocations_report()), "");
  std::get<TrafficResult>(report.outcome).late_frames = 7;
  EXPECT_THAT(to_warning(report), HasSubstr("7 frames"));
}

}  // namespace
}  // namespace turnpike::bench
