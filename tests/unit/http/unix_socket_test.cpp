// Who may have the path of a Unix socket, and what becomes of its file.
#include "turnpike/http/unix_socket.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "temporary_folder.hpp"

namespace turnpike::http {
namespace {

namespace fs = std::filesystem;
namespace errc = boost::system::errc;

bool somebody_answers(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  const net::FileDescriptor fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  return ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

class UnixSocketTest : public ::testing::Test {
 protected:
  TemporaryFolder folder_;
  const std::string path_ = folder_.path("control.sock");
};

TEST_F(UnixSocketTest, answers_its_owner_only) {
  const mode_t umask_before = ::umask(0);
  const auto fd = listen_on_unix_socket(path_);
  ::umask(umask_before);
  ASSERT_TRUE(fd);
  struct stat file {};
  ASSERT_EQ(::lstat(path_.c_str(), &file), 0);
  EXPECT_TRUE(S_ISSOCK(file.st_mode));
  EXPECT_EQ(file.st_mode & 0777, 0600U);
  EXPECT_TRUE(somebody_answers(path_));
}

TEST_F(UnixSocketTest, a_path_is_refused_while_it_is_of_use_to_others) {
  struct Case {
    const char* name;
    std::string path;
    errc::errc_t error;
  };
  const auto other = listen_on_unix_socket(folder_.path("other.sock"));
  ASSERT_TRUE(other);
  std::ofstream(folder_.path("file")) << "text";
  fs::create_symlink(folder_.path("nowhere"), folder_.path("link"));
  const Case cases[] = {
      {"somebody answers", folder_.path("other.sock"), errc::address_in_use},
      {"a file", folder_.path("file"), errc::address_in_use},
      {"a link", folder_.path("link"), errc::address_in_use},
      {"a folder", folder_.path(""), errc::address_in_use},
      {"no folder", folder_.path("missing/control.sock"), errc::no_such_file_or_directory},
      {"too long", folder_.path(std::string(108, 'a')), errc::filename_too_long},
      {"empty", "", errc::invalid_argument},
      {"cut by a zero", std::string("a\0b", 3), errc::invalid_argument},
  };
  for (const Case& c : cases) {
    const auto fd = listen_on_unix_socket(c.path);
    ASSERT_FALSE(fd) << c.name;
    EXPECT_EQ(fd.error(), c.error) << c.name;
  }
  EXPECT_TRUE(somebody_answers(folder_.path("other.sock")));
  EXPECT_EQ(fs::file_size(folder_.path("file")), 4U);
  EXPECT_TRUE(fs::is_symlink(folder_.path("link")));
}

TEST_F(UnixSocketTest, the_socket_of_a_process_that_died_is_replaced) {
  listen_on_unix_socket(path_).value().reset();
  ASSERT_TRUE(fs::is_socket(path_));
  ASSERT_FALSE(somebody_answers(path_));
  const auto fd = listen_on_unix_socket(path_);
  ASSERT_TRUE(fd);
  EXPECT_TRUE(somebody_answers(path_));
}

TEST_F(UnixSocketTest, a_lock_that_another_holds_on_the_folder_does_not_keep_it_from_listening) {
  const net::FileDescriptor other(::open(folder_.path("").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  ASSERT_EQ(::flock(other.get(), LOCK_EX | LOCK_NB), 0);
  ASSERT_TRUE(listen_on_unix_socket(path_));
}

TEST_F(UnixSocketTest, of_many_that_start_at_once_one_gets_the_path_of_a_process_that_died) {
  listen_on_unix_socket(path_).value().reset();
  std::vector<std::optional<net::FileDescriptor>> held(8);
  std::vector<std::thread> threads;
  for (auto& mine : held) {
    threads.emplace_back([&] {
      if (auto fd = listen_on_unix_socket(path_)) mine.emplace(std::move(*fd));
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(std::ranges::count_if(held, [](const auto& fd) { return fd.has_value(); }), 1);
}

TEST_F(UnixSocketTest, the_file_goes_with_its_owner) {
  const auto fd = listen_on_unix_socket(path_);
  ASSERT_TRUE(fd);
  {
    const SocketFile file(path_);
    EXPECT_TRUE(fs::exists(path_));
  }
  EXPECT_FALSE(fs::exists(path_));
}

TEST_F(UnixSocketTest, the_file_of_a_successor_stays) {
  const auto first = listen_on_unix_socket(path_);
  ASSERT_TRUE(first);
  {
    const SocketFile file(path_);
    fs::rename(path_,
               folder_.path("moved.sock"));  // not removed, so that the next one is another file for sure
    ASSERT_TRUE(listen_on_unix_socket(path_));
  }
  EXPECT_TRUE(fs::exists(path_));
}

}  // namespace
}  // namespace turnpike::http
