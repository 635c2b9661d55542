// The table keeps to what Prometheus asks of names, and each row tells something else.
#include "turnpike/metrics/metric.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

namespace turnpike::metrics {
namespace {

bool is_snake_case(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
}

TEST(Metric, names_are_ours_or_those_that_every_process_has_and_no_two_are_the_same) {
  std::set<std::string_view> names;
  for (const Description& each : all_metrics()) {
    EXPECT_TRUE(each.name.starts_with("turnpike_") || each.name.starts_with("process_")) << each.name;
    EXPECT_TRUE(is_snake_case(each.name)) << each.name;
    EXPECT_TRUE(names.insert(each.name).second) << each.name;
  }
}

TEST(Metric, counters_end_in_total_histograms_in_their_unit_and_nothing_else_does) {
  for (const Description& each : all_metrics()) {
    EXPECT_EQ(each.name.ends_with("_total"), each.kind == Kind::counter) << each.name;
    EXPECT_EQ(each.name.ends_with("_duration_seconds"), each.kind == Kind::histogram) << each.name;
  }
}

TEST(Metric, each_is_told_in_a_sentence_of_its_own) {
  std::set<std::string_view> helps;
  for (const Description& each : all_metrics()) {
    EXPECT_TRUE(each.help.ends_with('.')) << each.name;
    EXPECT_EQ(each.help.find_first_of("\n\\|"), std::string_view::npos) << each.name;
    EXPECT_TRUE(helps.insert(each.help).second) << each.name;
    EXPECT_EQ(&description_of(each.metric), &each);
  }
}

TEST(Metric, labels_are_words_by_commas) {
  for (const Description& each : all_metrics()) {
    std::string labels(each.labels);
    std::erase(labels, ',');
    EXPECT_TRUE(is_snake_case(labels)) << each.name;
    EXPECT_FALSE(each.labels.starts_with(',') || each.labels.ends_with(',')) << each.name;
  }
}

}  // namespace
}  // namespace turnpike::metrics
