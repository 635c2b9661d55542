// Collects the samples of one scrape and writes their text.
#pragma once

#include <prometheus/metric_family.h>

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "turnpike/base/duration_histogram.hpp"
#include "turnpike/base/tally.hpp"
#include "turnpike/metrics/metric.hpp"

namespace turnpike::metrics {

// Values of a metric's labels, in the order of the table and as many as the metric has.
using Names = std::initializer_list<std::string_view>;

// One page of samples.
class Page {
 public:
  Page();

  // Adds a sample.
  void add(Metric metric, double value, Names labels = {});
  void add(Metric metric, std::integral auto value, Names labels = {}) {
    add(metric, static_cast<double>(value), labels);
  }
  // Adds a histogram of durations, in seconds.
  void add(Metric metric, const DurationHistogram& durations, Names labels = {});
  // Adds a sample for each value of the enum, whose name is the value of the metric's only label.
  template <class Enum, std::size_t size>
  void add(Metric metric, const Tally<Enum, size>& tally) {
    for (std::size_t i = 0; i < size; ++i) {
      const auto value = static_cast<Enum>(i);
      add(metric, tally.of(value), {to_string(value)});
    }
  }

  // Returns the metrics that have samples, in the order of the table.
  std::vector<prometheus::MetricFamily> families() const;
  // Returns the page in Prometheus's text format, version 0.0.4.
  std::string text() const;

 private:
  prometheus::ClientMetric& sample(Metric metric, Names labels);

  std::array<prometheus::MetricFamily, kMetrics> families_;
};

}  // namespace turnpike::metrics
