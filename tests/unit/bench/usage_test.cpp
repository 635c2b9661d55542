// Used time and memory are read where the kernel tells them.
#include "load/usage.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <ctime>

namespace turnpike::bench {
namespace {

TEST(Usage, cores_are_busy_while_they_are_not_idle) {
  constexpr std::string_view kBefore =
      "cpu  3 0 0 0 0 0 0 0 0 0\n"
      "cpu0 1 2 4 1000 100 8 16 7 0 0\n"
      "cpu1 100 0 0 50 0 0 1 0 0 0\n"
      "intr 5 6 7\n";
  constexpr std::string_view kAfter =
      "cpu0 1 2 4 1030 110 8 16 9 0 0\n"
      "cpu1 100 0 0 50 0 0 1 0 0 0\n";
  const Usage used = parse_cores(kAfter, 5'000, 10) - parse_cores(kBefore, 4'000, 10);
  EXPECT_EQ(used.core_busy_ns, (std::vector<std::int64_t>{600, 1000}));
  EXPECT_EQ(used.busy_ns, 1600);
  EXPECT_EQ(used.stolen_ns, 20);
}

TEST(Usage, the_difference_is_what_was_used_between) {
  const Usage before{.server_ns = 1,
                     .peer_ns = 6,
                     .generator_ns = 2,
                     .kernel_ns = 5,
                     .busy_ns = 3,
                     .stolen_ns = 4,
                     .core_busy_ns = {1, 2}};
  const Usage after{.server_ns = 11,
                    .peer_ns = 66,
                    .generator_ns = 22,
                    .kernel_ns = 55,
                    .busy_ns = 33,
                    .stolen_ns = 44,
                    .core_busy_ns = {11, 22}};
  const Usage expected{.server_ns = 10,
                       .peer_ns = 60,
                       .generator_ns = 20,
                       .kernel_ns = 50,
                       .busy_ns = 30,
                       .stolen_ns = 40,
                       .core_busy_ns = {10, 20}};
  EXPECT_EQ(after - before, expected);
  EXPECT_EQ(expected.work_ns(), 140);
}

TEST(Usage, a_process_that_works_is_seen_by_its_pid) {
  const Processes self{.server = {::getpid()}, .peer = {::getpid()}};
  const Usage before = read_usage(self);
  const std::clock_t start = std::clock();
  while (std::clock() - start < CLOCKS_PER_SEC / 50) {
  }
  const Usage used = read_usage(self) - before;
  EXPECT_GE(used.server_ns, 20'000'000);
  EXPECT_GE(used.peer_ns, 20'000'000);
  EXPECT_GE(used.generator_ns, 20'000'000);
  EXPECT_GT(read_memory_bytes(self.server), 1 << 20);
}

TEST(Usage, a_process_that_is_not_there_has_used_nothing) {
  const std::array<pid_t, 1> nobody{0x7FFFFFF0};
  EXPECT_EQ(read_usage({.server = {0x7FFFFFF0}}).server_ns, 0);
  EXPECT_EQ(read_memory_bytes(nobody), 0);
}

}  // namespace
}  // namespace turnpike::bench
