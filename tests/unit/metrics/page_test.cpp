// Samples as Prometheus reads them.
#include "turnpike/metrics/page.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "turnpike/turn/cause.hpp"

namespace turnpike::metrics {
namespace {

using ::testing::HasSubstr;

TEST(Page, what_has_no_sample_is_not_there) { EXPECT_EQ(Page().text(), ""); }

TEST(Page, samples_stand_below_their_metric_in_the_order_of_the_table) {
  Page page;
  page.add(Metric::relay_ports, 3, {"leased"});
  page.add(Metric::ready, 1);
  page.add(Metric::relay_ports, 4, {"free"});
  EXPECT_EQ(page.text(),
            "# HELP turnpike_ready 1 while new clients are served, else 0: what /readyz says.\n"
            "# TYPE turnpike_ready gauge\n"
            "turnpike_ready 1\n"
            "# HELP turnpike_relay_ports Ports of all relay addresses: leased, resting after use, or free.\n"
            "# TYPE turnpike_relay_ports gauge\n"
            "turnpike_relay_ports{state=\"leased\"} 3\n"
            "turnpike_relay_ports{state=\"free\"} 4\n");
}

TEST(Page, labels_have_the_names_of_the_table) {
  Page page;
  page.add(Metric::relayed_bytes, std::uint64_t{1} << 50, {"to_client", "tls", "sockets"});
  EXPECT_THAT(page.text(), HasSubstr("turnpike_relayed_bytes_total{direction=\"to_client\",transport=\"tls\","
                                     "engine=\"sockets\"} 1125899906842624\n"));
}

TEST(Page, a_tally_is_a_sample_for_each_value_of_its_enum) {
  Page page;
  Tally<turn::Cause, turn::kCauses> refusals;
  refusals.add(turn::Cause::draining, 7);
  page.add(Metric::refusals, refusals);
  EXPECT_THAT(page.text(), HasSubstr("turnpike_refusals_total{cause=\"draining\"} 7\n"));
  EXPECT_THAT(page.text(), HasSubstr("turnpike_refusals_total{cause=\"barred\"} 0\n"));
}

TEST(Page, the_buckets_of_a_histogram_hold_all_that_is_shorter) {
  Page page;
  DurationHistogram durations;
  durations.add(std::chrono::microseconds(10));
  durations.add(std::chrono::milliseconds(1));
  durations.add(std::chrono::seconds(11));
  page.add(Metric::queueing_duration, durations, {"to_client"});
  const std::string text = page.text();
  for (const char* line :
       {"_count{direction=\"to_client\"} 3\n", "_sum{direction=\"to_client\"} 11.00101\n",
        "_bucket{direction=\"to_client\",le=\"1e-05\"} 1\n",
        "_bucket{direction=\"to_client\",le=\"0.0005\"} 1\n",
        "_bucket{direction=\"to_client\",le=\"0.001\"} 2\n", "_bucket{direction=\"to_client\",le=\"10\"} 2\n",
        "_bucket{direction=\"to_client\",le=\"+Inf\"} 3\n"})
    EXPECT_THAT(text, HasSubstr(line));
}

TEST(PageDeathTest, labels_that_the_metric_does_not_have_are_a_fault_of_the_program) {
  Page page;
  EXPECT_DEATH(page.add(Metric::ready, 1, {"why"}), "names");
  EXPECT_DEATH(page.add(Metric::relay_ports, 1), "names");
  EXPECT_DEATH(page.add(Metric::handshake_duration, 1), "histogram");
}

}  // namespace
}  // namespace turnpike::metrics
