// Where the control socket is.
#include "turnpike/console/control_socket.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "temporary_folder.hpp"

namespace turnpike::console {
namespace {

using Paths = std::vector<std::string>;
const std::string kDefault = config::ControlConfig{}.socket;

TEST(ControlSocket, the_default_one_may_be_in_the_folder_of_the_user_and_others_are_where_they_are) {
  const struct {
    const char* of_user;
    std::string configured;
    Paths expected;
  } cases[] = {
      {"/run/user/7", kDefault, {kDefault, "/run/user/7/turnpike/control.sock"}},
      {"/run/user/7", "/tmp/c.sock", {"/tmp/c.sock"}},
      {"/run/user/7", "", {}},
      {"", kDefault, {kDefault}},
      {"relative", kDefault, {kDefault}},
  };
  for (const auto& [of_user, configured, expected] : cases) {
    ::setenv("XDG_RUNTIME_DIR", of_user, 1);
    EXPECT_EQ(control_sockets({configured, {}}), expected) << of_user << " " << configured;
  }
  ::unsetenv("XDG_RUNTIME_DIR");
}

TEST(ControlSocket, a_folder_is_made_where_it_can_be) {
  const TemporaryFolder folder;
  make_folder_of(folder.path("a/b/control.sock"));
  EXPECT_TRUE(std::filesystem::is_directory(folder.path("a/b")));
  make_folder_of("/proc/none/control.sock");
  make_folder_of("control.sock");
}

}  // namespace
}  // namespace turnpike::console
