// Who goes on once the server serves. What that process may still do is tried in tests/integration.
#include "turnpike/app/privileges.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdexcept>

namespace turnpike::app {
namespace {

class AppPrivileges : public ::testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root";
  }
  config::Config config_;
};

TEST_F(AppPrivileges, nobody_is_to_be_become_unless_the_configuration_says_so) {
  EXPECT_EQ(user_to_become(config_), std::nullopt);
  config_.user = "nobody";
  EXPECT_EQ(user_to_become(config_), *net::find_user("nobody"));
}

TEST_F(AppPrivileges, a_user_that_is_not_there_stops_the_start) {
  config_.user = "no-such-user";
  EXPECT_THROW((void)user_to_become(config_), std::runtime_error);
}

TEST_F(AppPrivileges, are_gone_with_the_change_to_the_user) {
  config_.user = "nobody";
  const auto user = user_to_become(config_);
  const pid_t child = ::fork();
  if (child == 0) {
    give_up_privileges(config_, user);
    ::_exit(::geteuid() == user->uid && net::effective_capabilities() == net::kBindLowPorts ? 0 : 1);
  }
  int end = -1;
  ASSERT_EQ(::waitpid(child, &end, 0), child);
  EXPECT_EQ(end, 0);
}

}  // namespace
}  // namespace turnpike::app
