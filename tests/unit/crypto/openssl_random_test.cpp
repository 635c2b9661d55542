// Bytes that do not repeat.
#include "turnpike/crypto/openssl_random.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <vector>

namespace turnpike::crypto {
namespace {

TEST(OpenSslRandom, never_gives_the_same_twice) {
  OpenSslRandom random;
  OpenSslRandom another;
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 1000; ++i) {
    seen.insert(random.u64());
    seen.insert(another.u64());
  }
  EXPECT_EQ(seen.size(), 2000U);
}

TEST(OpenSslRandom, fills_any_size_whole) {
  OpenSslRandom random;
  for (const std::size_t size : {0U, 1U, 3U, 100U, 511U, 512U, 513U, 5000U}) {
    // Each byte is non-zero in one of 16 draws, but for one chance in 2^128.
    std::vector<std::uint8_t> any(size, 0);
    for (int draw = 0; draw < 16; ++draw) {
      std::vector<std::uint8_t> bytes(size + 1, 0);
      random.fill(MutableBytes(bytes).first(size));
      EXPECT_EQ(bytes[size], 0) << "beyond the end of " << size;
      for (std::size_t i = 0; i < size; ++i) any[i] |= bytes[i];
    }
    EXPECT_EQ(std::count(any.begin(), any.end(), 0), 0) << size;
  }
}

}  // namespace
}  // namespace turnpike::crypto
