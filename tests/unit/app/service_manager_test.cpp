// What systemd is told, by a stand-in for its socket.
#include "turnpike/app/service_manager.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <string>

#include "temporary_folder.hpp"
#include "turnpike/net/file_descriptor.hpp"

namespace turnpike::app {
namespace {

class ServiceManagerTest : public ::testing::Test {
 protected:
  ~ServiceManagerTest() override {
    for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) ::unsetenv(name);
  }

  // A name that begins with '@' is in the abstract namespace.
  void listen(const std::string& name) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, name.data(), name.size());
    if (name.front() == '@') address.sun_path[0] = 0;
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    ASSERT_EQ(::bind(systemd_.get(), reinterpret_cast<const sockaddr*>(&address), size), 0);
    ::setenv("NOTIFY_SOCKET", name.c_str(), 1);
  }
  std::string heard() const {
    char text[4096];
    const ssize_t size = ::recv(systemd_.get(), text, sizeof text, 0);
    return size < 0 ? "" : std::string(text, static_cast<std::size_t>(size));
  }

  TemporaryFolder folder_;
  net::FileDescriptor systemd_{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
};

TEST_F(ServiceManagerTest, it_is_told_line_by_line_by_path_and_by_abstract_name) {
  for (const std::string& name : {folder_.path("notify"), "@turnpike-test-" + std::to_string(::getpid())}) {
    systemd_ = net::FileDescriptor(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    listen(name);
    const ServiceManager service;
    EXPECT_TRUE(service.is_there());
    service.say_ready();
    EXPECT_EQ(heard(), "READY=1");
    service.say_reloading(TimePoint(std::chrono::microseconds(1234567)));
    EXPECT_EQ(heard(), "RELOADING=1\nMONOTONIC_USEC=1234567");
    service.say_status("two\nlines");
    EXPECT_EQ(heard(), "STATUS=two lines");
    service.say_waiting("10.0.0.5 is not here");
    EXPECT_EQ(heard(), "STATUS=waiting: 10.0.0.5 is not here\nEXTEND_TIMEOUT_USEC=10000000");
    service.say_alive();
    EXPECT_EQ(heard(), "WATCHDOG=1");
    service.say_stopping();
    EXPECT_EQ(heard(), "STOPPING=1");
  }
}

TEST_F(ServiceManagerTest, nobody_is_told_where_nobody_asks_or_listens) {
  for (const std::string& name : {std::string(), std::string("relative"), std::string("/"),
                                  std::string(200, '/'), folder_.path("gone")}) {
    ::setenv("NOTIFY_SOCKET", name.c_str(), 1);
    const ServiceManager service;
    EXPECT_EQ(service.is_there(), name == folder_.path("gone")) << name;
    service.say_ready();
  }
}

TEST_F(ServiceManagerTest, signs_of_life_are_wanted_as_often_as_the_environment_says) {
  const std::string mine = std::to_string(::getpid());
  const struct {
    const char* interval_us;
    std::string pid;
    std::optional<Duration> expected;
  } cases[] = {
      {"30000000", mine, std::chrono::seconds(30)},
      {"30000000", "", std::chrono::seconds(30)},
      {"30000000", "1", {}},  // another process
      {"", mine, {}},
      {"0", mine, {}},
      {"-5", mine, {}},
      {"30s", mine, {}},
  };
  for (const auto& [interval_us, pid, expected] : cases) {
    ::setenv("WATCHDOG_USEC", interval_us, 1);
    ::setenv("WATCHDOG_PID", pid.c_str(), 1);
    EXPECT_EQ(ServiceManager().watchdog(), expected) << interval_us << " " << pid;
  }
}

}  // namespace
}  // namespace turnpike::app
