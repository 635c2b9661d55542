// What /proc says of a process, and of this one.
#include "turnpike/metrics/process.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <ctime>
#include <string>
#include <vector>

#include "turnpike/net/file_descriptor.hpp"

namespace turnpike::metrics {
namespace {

// Fields 1 to 24 of proc(5), and some of what follows.
const std::string kLine =
    "42 (a) S (b) S 1 42 42 0 -1 4194560 5 6 7 8 250 150 9 10 20 0 3 0 12345 8192000 77 18446744073709551615 "
    "1";

TEST(Process, a_line_of_proc_is_read_whatever_the_name_of_the_program) {
  const auto process = parse_stat(kLine, {.ticks_per_s = 100, .page_bytes = 4096, .booted_unix_s = 1000});
  ASSERT_TRUE(process.has_value());
  EXPECT_DOUBLE_EQ(process->cpu_s, 4.0);
  EXPECT_EQ(process->threads, 3U);
  EXPECT_DOUBLE_EQ(process->started_unix_s, 1123.45);
  EXPECT_EQ(process->virtual_bytes, 8192000U);
  EXPECT_EQ(process->resident_bytes, 77U * 4096U);
}

TEST(Process, what_is_no_such_line_gives_nothing) {
  for (const std::string line : {"", "42 (name", "42 (name) S 1 2 3", ")"})
    EXPECT_FALSE(parse_stat(line, {}).has_value()) << line;
}

TEST(Process, this_one_is_there) {
  const Process before = read_process();
  EXPECT_GT(before.resident_bytes, 100'000U);
  EXPECT_GT(before.virtual_bytes, before.resident_bytes);
  EXPECT_GE(before.threads, 1U);
  EXPECT_GE(before.max_fds, before.open_fds);
  EXPECT_LE(before.started_unix_s, static_cast<double>(std::time(nullptr)) + 1);
  EXPECT_GT(before.started_unix_s, static_cast<double>(std::time(nullptr)) - 3600);
  std::vector<net::FileDescriptor> more;
  for (int i = 0; i < 10; ++i) more.emplace_back(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  EXPECT_EQ(read_process().open_fds, before.open_fds + 10);
}

}  // namespace
}  // namespace turnpike::metrics
