// Builds the small messages that the STUN tests take apart.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <vector>

#include "turnpike/stun/builder.hpp"

namespace turnpike::stun::test {

using Buffer = std::vector<std::uint8_t>;

inline constexpr TransactionId kId{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};

// A message of `method` and `cls` with what `fill(MessageBuilder&)` adds.
template <class Fill>
Buffer message(Method method, Class cls, Fill&& fill) {
  Buffer buffer(kHeaderSize + 0xFFFC);
  MessageBuilder builder(buffer, method, cls, kId);
  fill(builder);
  buffer.resize(builder.bytes().size());
  return buffer;
}

template <class Fill>
Buffer binding_with(Fill&& fill) {
  return message(Method::binding, Class::request, fill);
}

inline Buffer binding() {
  return binding_with([](MessageBuilder&) {});
}

// Bytes as printable values for comparisons in tests.
inline Buffer copy(Bytes bytes) { return {bytes.begin(), bytes.end()}; }

}  // namespace turnpike::stun::test
