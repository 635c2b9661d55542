// Durations counted in buckets whose width grows with the value: any quantile to within 1/64 of itself, in
// fixed memory.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace turnpike::bench {

class Histogram {
 public:
  // Negative values count as 0, those beyond 18 minutes as 18 minutes.
  void record(std::int64_t ns);
  void add(const Histogram& other);

  std::uint64_t count() const { return count_; }
  std::int64_t max_ns() const { return max_ns_; }
  // A bound that `quantile` (0 to 1) of the values do not exceed; 0 if there are none.
  std::int64_t quantile_ns(double quantile) const;

  bool operator==(const Histogram&) const = default;

 private:
  static constexpr int kSubBits = 6;  // 64 buckets for each doubling
  static constexpr int kValueBits = 40;
  static constexpr std::size_t kBuckets = (kValueBits - kSubBits + 1) << kSubBits;

  static std::size_t bucket_of(std::uint64_t value);
  static std::int64_t last_of(std::size_t bucket);

  std::array<std::uint64_t, kBuckets> buckets_{};
  std::uint64_t count_ = 0;
  std::int64_t max_ns_ = 0;
};

}  // namespace turnpike::bench
