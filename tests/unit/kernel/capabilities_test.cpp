// Capabilities are given up for good.
#include "turnpike/kernel/capabilities.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace turnpike::kernel {
namespace {

TEST(Capabilities, what_was_given_up_is_gone) {
  const pid_t child = ::fork();
  if (child == 0) {
    const bool kept = keep_only(kKernelEngineCapabilities);
    ::_exit(kept && (effective_capabilities() & ~kKernelEngineCapabilities) == 0 ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace turnpike::kernel
