#include "turnpike/net/segment_limits.hpp"

#include <algorithm>

#include "turnpike/base/hash.hpp"

namespace turnpike::net {

SegmentLimits::Refusal& SegmentLimits::refusal(const IpAddress& to) {
  return refusals_[ByteHash{}(to) % refusals_.size()];
}

bool SegmentLimits::allows(const IpAddress& to, std::size_t segment_bytes) {
  Refusal& known = refusal(to);
  if (known.asks_left == 0 || segment_bytes < known.segment_bytes || known.to != to) return true;
  --known.asks_left;
  return false;
}

void SegmentLimits::refuse(const IpAddress& to, std::size_t segment_bytes) {
  Refusal& known = refusal(to);
  const auto bytes = static_cast<std::uint32_t>(segment_bytes);
  const bool lower = known.asks_left == 0 || known.to != to;
  known = {to, lower ? bytes : std::min(known.segment_bytes, bytes), kRefusalAsks};
}

}  // namespace turnpike::net
