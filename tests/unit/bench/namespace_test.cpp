// Which namespace the thread is in.
#include "load/namespace.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <system_error>

namespace turnpike::bench {
namespace {

std::string current() { return std::filesystem::read_symlink("/proc/thread-self/ns/net").string(); }

TEST(EnteredNamespace, without_a_name_is_the_one_at_hand) {
  const std::string home = current();
  const EnteredNamespace same("");
  EXPECT_EQ(current(), home);
}

TEST(EnteredNamespace, that_does_not_exist_is_an_error_and_nobody_moves) {
  const std::string home = current();
  EXPECT_THROW(EnteredNamespace("no-such-namespace"), std::system_error);
  EXPECT_EQ(current(), home);
}

}  // namespace
}  // namespace turnpike::bench
