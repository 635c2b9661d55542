// Equality of secrets.
#include "turnpike/crypto/constant_time.hpp"

#include <gtest/gtest.h>

namespace turnpike::crypto {
namespace {

TEST(ConstantTime, equality_is_of_size_and_bytes) {
  EXPECT_TRUE(equal_constant_time({}, {}));
  EXPECT_TRUE(equal_constant_time(as_bytes("abc"), as_bytes("abc")));
  EXPECT_FALSE(equal_constant_time(as_bytes("abc"), as_bytes("abd")));
  EXPECT_FALSE(equal_constant_time(as_bytes("abc"), as_bytes("ab")));
  EXPECT_FALSE(equal_constant_time(as_bytes("abc"), {}));
}

}  // namespace
}  // namespace turnpike::crypto
