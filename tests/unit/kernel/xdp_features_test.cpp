// What a real kernel says of its devices, in a namespace of the test's own.
#include "turnpike/kernel/xdp_features.hpp"

#include <gtest/gtest.h>
#include <sys/utsname.h>

#include <cstdio>

#include "loaded_program.hpp"
#include "own_network.hpp"

namespace turnpike::kernel {
namespace {

bool kernel_tells() {
  utsname names{};
  int major = 0, minor = 0;
  ::uname(&names);
  std::sscanf(names.release, "%d.%d", &major, &minor);
  return major > 6 || (major == 6 && minor >= 3);
}

TEST(XdpFeatures, a_device_takes_frames_once_its_other_end_is_ready_for_them) {
  if (!kernel_tells()) GTEST_SKIP() << "needs Linux 6.3";
  const LoadedProgram kernel;
  if (!kernel.program) GTEST_SKIP() << kernel.reason_to_skip;
  in_own_network([&] {
    XdpFeatures features;
    EXPECT_FALSE(features.takes_frames(index_of("east")));
    ASSERT_EQ(kernel.program->attach(Hook::xdp, index_of("west")), "");
    EXPECT_TRUE(features.takes_frames(index_of("east")));
    EXPECT_FALSE(features.takes_frames(index_of("west")));
    kernel.program->detach(index_of("west"));
    EXPECT_FALSE(features.takes_frames(index_of("east")));
  });
}

TEST(XdpFeatures, neither_loopback_nor_what_is_not_there_takes_any) {
  in_own_network([] {
    XdpFeatures features;
    EXPECT_FALSE(features.takes_frames(index_of("lo")));
    EXPECT_FALSE(features.takes_frames(9999));
  });
}

}  // namespace
}  // namespace turnpike::kernel
