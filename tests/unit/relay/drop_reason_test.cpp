// The names of reasons: labels that logs and metrics can use.
#include "turnpike/relay/drop_reason.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace turnpike::relay {
namespace {

TEST(DropReason, each_has_a_name_of_its_own_in_one_form) {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < kDropReasons; ++i) {
    const std::string_view name = to_string(static_cast<DropReason>(i));
    EXPECT_TRUE(names.insert(name).second) << name;
    EXPECT_FALSE(name.empty());
    EXPECT_TRUE(std::ranges::all_of(name, [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; })) << name;
  }
}

}  // namespace
}  // namespace turnpike::relay
