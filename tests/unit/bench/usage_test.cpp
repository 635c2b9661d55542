// Used time and memory are read where the kernel tells them.
#include "load/usage.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <ctime>

namespace turnpike::bench {
namespace {

TEST(Usage, cores_count_everything_but_idle_and_stolen_time) {
  const Usage usage = parse_cores(
      "cpu  3 0 0 0 0 0 0 0 0 0\n"
      "cpu0 1 2 4 1000 1000 8 16 1000 0 0\n"
      "cpu1 100 0 0 5 0 0 1 0 0 0\n"
      "intr 5 6 7\n",
      10);
  EXPECT_EQ(usage.core_busy_ns, (std::vector<std::int64_t>{310, 1010}));
  EXPECT_EQ(usage.busy_ns, 1320);
  EXPECT_EQ(usage.softirq_ns, 170);
}

TEST(Usage, the_difference_is_what_was_used_between) {
  const Usage before{.server_ns = 1, .generator_ns = 2, .busy_ns = 3, .softirq_ns = 4, .core_busy_ns = {1, 2}};
  const Usage after{.server_ns = 11, .generator_ns = 22, .busy_ns = 33, .softirq_ns = 44, .core_busy_ns = {11, 22}};
  const Usage expected{.server_ns = 10, .generator_ns = 20, .busy_ns = 30, .softirq_ns = 40, .core_busy_ns = {10, 20}};
  EXPECT_EQ(after - before, expected);
}

TEST(Usage, a_process_that_works_is_seen_by_its_pid) {
  const std::array<pid_t, 1> self{::getpid()};
  const Usage before = read_usage(self);
  const std::clock_t start = std::clock();
  while (std::clock() - start < CLOCKS_PER_SEC / 50) {
  }
  const Usage used = read_usage(self) - before;
  EXPECT_GE(used.server_ns, 20'000'000);
  EXPECT_GE(used.generator_ns, 20'000'000);
  EXPECT_GT(read_memory_bytes(self), 1 << 20);
}

TEST(Usage, a_process_that_is_not_there_has_used_nothing) {
  const std::array<pid_t, 1> nobody{0x7FFFFFF0};
  EXPECT_EQ(read_usage(nobody).server_ns, 0);
  EXPECT_EQ(read_memory_bytes(nobody), 0);
}

}  // namespace
}  // namespace turnpike::bench
