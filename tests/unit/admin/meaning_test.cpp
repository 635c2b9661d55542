// Each cause has a sentence, each method a name.
#include "turnpike/admin/meaning.hpp"

#include <gtest/gtest.h>

#include <set>

namespace turnpike::admin {
namespace {

TEST(Meaning, every_cause_has_one_of_its_own) {
  std::set<std::string_view> seen;
  for (std::size_t i = 0; i < turn::kCauses; ++i) {
    const auto meaning = meaning_of(static_cast<turn::Cause>(i));
    EXPECT_GT(meaning.size(), 10U) << i;
    EXPECT_TRUE(seen.insert(meaning).second) << meaning;
  }
}

TEST(Meaning, methods_have_names) {
  EXPECT_EQ(name_of(stun::Method::create_permission), "create_permission");
  EXPECT_EQ(name_of(static_cast<stun::Method>(0x7FF)), "request");
}

}  // namespace
}  // namespace turnpike::admin
