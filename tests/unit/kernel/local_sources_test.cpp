// A setting of a real kernel, in a namespace of the test's own: changed, and put back.
#include "turnpike/kernel/local_sources.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "unit/kernel/own_network.hpp"

namespace turnpike::kernel {
namespace {

constexpr const char* kSetting = "/proc/sys/net/ipv4/conf/lo/accept_local";

// In the namespace of this thread.
int accept_local() {
  int value = -1;
  std::ifstream(kSetting) >> value;
  return value;
}
void set_accept_local(int value) { std::ofstream(kSetting) << value << std::flush; }

TEST(LocalSources, are_taken_until_the_end) {
  in_own_network([] {
    NetlinkSocket questions;
    LocalSources sources;
    EXPECT_EQ(accepts_local_sources(questions), false);
    EXPECT_EQ(sources.accept(), "");
    EXPECT_EQ(accept_local(), 1);
    EXPECT_EQ(accepts_local_sources(questions), true);
    EXPECT_EQ(sources.accept(), "");
    sources.restore();
    EXPECT_EQ(accept_local(), 0);
    EXPECT_EQ(accepts_local_sources(questions), false);
  });
}

TEST(LocalSources, that_were_taken_before_are_taken_afterwards) {
  in_own_network([] {
    set_accept_local(1);
    LocalSources sources;
    EXPECT_EQ(sources.accept(), "");
    sources.restore();
    EXPECT_EQ(accept_local(), 1);
  });
}

TEST(LocalSources, are_not_touched_by_who_never_asked_for_them) {
  in_own_network([] {
    LocalSources sources;
    set_accept_local(1);
    sources.restore();
    EXPECT_EQ(accept_local(), 1);
  });
}

TEST(LocalSources, that_somebody_has_refused_meanwhile_are_refused_afterwards) {
  in_own_network([] {
    set_accept_local(1);
    LocalSources sources;
    EXPECT_EQ(sources.accept(), "");
    set_accept_local(0);
    EXPECT_EQ(sources.accept(), "");
    EXPECT_EQ(accept_local(), 1);
    sources.restore();
    EXPECT_EQ(accept_local(), 0);
  });
}

// A helper that was killed has changed it; its successor does not know of that.
TEST(LocalSources, are_restored_by_a_successor) {
  in_own_network([] {
    const LocalSources before_both;
    LocalSources first = before_both, second = before_both;
    EXPECT_EQ(first.accept(), "");
    EXPECT_EQ(second.accept(), "");
    second.restore();
    EXPECT_EQ(accept_local(), 0);
  });
}

}  // namespace
}  // namespace turnpike::kernel
