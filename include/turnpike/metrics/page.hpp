// The samples of one scrape, collected metric by metric, and their text.
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

// Label values that metrics share, by their numbers.
using Names = std::initializer_list<std::string_view>;

class Page {
 public:
  Page();

  // `labels`: the values of the metric's labels, in the order of the table; as many as it has.
  void add(Metric metric, double value, Names labels = {});
  void add(Metric metric, std::integral auto value, Names labels = {}) {
    add(metric, static_cast<double>(value), labels);
  }
  void add(Metric metric, const DurationHistogram& durations, Names labels = {});
  // A sample for each value of the enum, whose name is the metric's one label.
  template <class Enum, std::size_t size>
  void add(Metric metric, const Tally<Enum, size>& tally) {
    for (std::size_t i = 0; i < size; ++i) {
      const auto value = static_cast<Enum>(i);
      add(metric, tally.of(value), {to_string(value)});
    }
  }

  // What has samples, in the order of the table.
  std::vector<prometheus::MetricFamily> families() const;
  // In Prometheus's text format, version 0.0.4.
  std::string text() const;

 private:
  prometheus::ClientMetric& sample(Metric metric, Names labels);

  std::array<prometheus::MetricFamily, kMetrics> families_;
};

}  // namespace turnpike::metrics
