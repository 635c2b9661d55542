#include "turnpike/metrics/page.hpp"

#include <prometheus/text_serializer.h>

#include <algorithm>
#include <iterator>

#include "turnpike/base/check.hpp"

namespace turnpike::metrics {
namespace {

prometheus::MetricType type_of(Kind kind) {
  switch (kind) {
    case Kind::counter: return prometheus::MetricType::Counter;
    case Kind::gauge: return prometheus::MetricType::Gauge;
    case Kind::histogram: break;
  }
  return prometheus::MetricType::Histogram;
}

double seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

}  // namespace

Page::Page() {
  for (const Description& each : all_metrics()) {
    families_[static_cast<std::size_t>(each.metric)] = {
        std::string(each.name), std::string(each.help), type_of(each.kind), {}};
  }
}

prometheus::ClientMetric& Page::sample(Metric metric, Names labels) {
  prometheus::ClientMetric& fresh = families_[static_cast<std::size_t>(metric)].metric.emplace_back();
  std::string_view names = description_of(metric).labels;
  for (const std::string_view value : labels) {
    TURNPIKE_CHECK(!names.empty());
    const std::size_t end = std::min(names.find(','), names.size());
    fresh.label.push_back({std::string(names.substr(0, end)), std::string(value)});
    names.remove_prefix(std::min(end + 1, names.size()));
  }
  TURNPIKE_CHECK(names.empty());
  return fresh;
}

void Page::add(Metric metric, double value, Names labels) {
  prometheus::ClientMetric& fresh = sample(metric, labels);
  const Kind kind = description_of(metric).kind;
  TURNPIKE_CHECK(kind != Kind::histogram);
  (kind == Kind::counter ? fresh.counter.value : fresh.gauge.value) = value;
}

void Page::add(Metric metric, const DurationHistogram& durations, Names labels) {
  TURNPIKE_CHECK(description_of(metric).kind == Kind::histogram);
  prometheus::ClientMetric::Histogram& histogram = sample(metric, labels).histogram;
  for (std::size_t i = 0; i < DurationHistogram::kBounds.size(); ++i) {
    histogram.sample_count += durations.counts()[i];
    histogram.bucket.push_back({histogram.sample_count, seconds(DurationHistogram::kBounds[i])});
  }
  histogram.sample_count += durations.counts().back();
  histogram.sample_sum = seconds(durations.sum());
}

std::vector<prometheus::MetricFamily> Page::families() const {
  std::vector<prometheus::MetricFamily> families;
  std::ranges::copy_if(families_, std::back_inserter(families),
                       [](const auto& family) { return !family.metric.empty(); });
  return families;
}

std::string Page::text() const { return prometheus::TextSerializer().Serialize(families()); }

}  // namespace turnpike::metrics
