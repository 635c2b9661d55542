// The arithmetic of the buckets: the first 128 are one value wide, then 64 for each doubling.
#include "load/histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace turnpike::bench {

std::size_t Histogram::bucket_of(std::uint64_t value) {
  const int shift = std::max(0, static_cast<int>(std::bit_width(value)) - kSubBits - 1);
  return (static_cast<std::size_t>(shift) << kSubBits) + static_cast<std::size_t>(value >> shift);
}

std::int64_t Histogram::last_of(std::size_t bucket) {
  const std::size_t shift = bucket < (2U << kSubBits) ? 0 : (bucket >> kSubBits) - 1;
  const std::size_t first = bucket - (shift << kSubBits);
  return static_cast<std::int64_t>(((first + 1) << shift) - 1);
}

void Histogram::record(std::int64_t ns) {
  const std::int64_t value = std::clamp<std::int64_t>(ns, 0, (std::int64_t{1} << kValueBits) - 1);
  ++buckets_[bucket_of(static_cast<std::uint64_t>(value))];
  ++count_;
  max_ns_ = std::max(max_ns_, value);
}

void Histogram::add(const Histogram& other) {
  for (std::size_t i = 0; i < kBuckets; ++i) buckets_[i] += other.buckets_[i];
  count_ += other.count_;
  max_ns_ = std::max(max_ns_, other.max_ns_);
}

std::int64_t Histogram::quantile_ns(double quantile) const {
  const auto wanted =
      static_cast<std::uint64_t>(std::ceil(std::clamp(quantile, 0.0, 1.0) * static_cast<double>(count_)));
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < kBuckets; ++i) {
    seen += buckets_[i];
    if (seen >= wanted && seen > 0) return std::min(last_of(i), max_ns_);
  }
  return 0;
}

}  // namespace turnpike::bench
