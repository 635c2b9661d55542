#include "turnpike/base/parts.hpp"

namespace turnpike {

std::vector<std::uint8_t> join(const Parts& parts) {
  std::vector<std::uint8_t> whole;
  whole.reserve(parts.size());
  for (const Bytes part : parts.in_order()) whole.insert(whole.end(), part.begin(), part.end());
  return whole;
}

}  // namespace turnpike
