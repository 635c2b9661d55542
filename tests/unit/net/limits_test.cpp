// The limit of descriptors.
#include "turnpike/net/limits.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <fstream>
#include <string>

namespace turnpike::net {
namespace {

TEST(Limits, the_soft_limit_rises_to_the_hard_one) {
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit lowered{.rlim_cur = before.rlim_cur / 2, .rlim_max = before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &lowered), 0);
  EXPECT_EQ(descriptor_limit(), lowered.rlim_cur);
  EXPECT_EQ(raise_descriptor_limit(), before.rlim_max);
  EXPECT_EQ(descriptor_limit(), before.rlim_max);
  rlimit after{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &after), 0);
  EXPECT_EQ(after.rlim_cur, before.rlim_max);
  setrlimit(RLIMIT_NOFILE, &before);
}

std::uint64_t table_size() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("FDSize:")) return std::stoull(line.substr(7));
  }
  return 0;
}

TEST(Limits, there_is_room_for_descriptors_before_they_are_opened) {
  const std::uint64_t limit = raise_descriptor_limit();
  const std::uint64_t wanted = std::min<std::uint64_t>(2 * table_size(), limit);
  make_room_for_descriptors(wanted);
  EXPECT_GE(table_size(), wanted);
  make_room_for_descriptors(limit + 1);  // more than there may be
  make_room_for_descriptors(0);
  EXPECT_GE(table_size(), wanted);
}

}  // namespace
}  // namespace turnpike::net
