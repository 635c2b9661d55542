// The form of errors.
#include "turnpike/yaml/error.hpp"

#include <gtest/gtest.h>

namespace turnpike::yaml {
namespace {

TEST(ConfigError, is_one_line) { EXPECT_STREQ(ConfigError("a\nb\x7f\u00e9").what(), "a\\x0ab\\x7f\u00e9"); }

TEST(BadValue, knows_its_line) { EXPECT_EQ(BadValue(YAML::Load("\n\na: b")["a"], "is bad").line(), 3); }

}  // namespace
}  // namespace turnpike::yaml
