// An output takes what goes without waiting, and says when that is nothing.
#include "turnpike/log/output.hpp"

#include <gtest/gtest.h>
#include <limits.h>
#include <sys/stat.h>

#include <csignal>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <utility>

#include "pipe.hpp"
#include "temporary_folder.hpp"

namespace turnpike::log {
namespace {

TEST(Output, a_full_pipe_is_not_ready_and_takes_more_once_it_is_read) {
  const Pipe pipe;
  const std::size_t size = pipe.fill();
  EXPECT_GE(size, std::size_t{PIPE_BUF});
  std::string_view text = "more";
  EXPECT_EQ(pipe.output()->write_some(text, {}), Output::Sent::not_ready);
  EXPECT_EQ(text, "more");
  EXPECT_EQ(pipe.read(size), std::string(size, '.'));
  EXPECT_EQ(pipe.output()->write_some(text, {}), Output::Sent::some);
  EXPECT_EQ(text, "");
  EXPECT_EQ(pipe.read_some(), "more");
}

TEST(Output, a_pipe_gets_no_more_at_once_than_it_takes_without_waiting) {
  const Pipe pipe;
  const std::string large(3 * PIPE_BUF + 1, 'x');
  std::string_view rest = large;
  EXPECT_EQ(pipe.output()->write_some(rest, {}), Output::Sent::some);
  EXPECT_EQ(rest.size(), large.size() - PIPE_BUF);
}

TEST(Output, a_pipe_whose_reader_has_left_fails) {
  Pipe pipe;
  pipe.close_reader();
  const auto before = std::signal(SIGPIPE, SIG_IGN);
  std::string_view text = "lost";
  EXPECT_EQ(pipe.output()->write_some(text, {}), Output::Sent::failed);
  std::signal(SIGPIPE, before);
}

TEST(Output, a_file_is_appended_to) {
  const TemporaryFolder folder;
  for (std::string_view text : {"one\n", "two\n"})
    EXPECT_EQ(Output::file(folder.path("log"))->write_some(text, {}), Output::Sent::some);
  EXPECT_EQ(folder.read("log"), "one\ntwo\n");
}

TEST(Output, a_new_file_is_for_its_owner_and_group_whatever_the_umask_lets_pass) {
  const TemporaryFolder folder;
  for (const auto& [mask, expected] : {std::pair{0000, 0640}, {0022, 0640}, {0027, 0640}, {0077, 0600}}) {
    const std::string path = folder.path("log" + std::to_string(mask));
    const mode_t before = ::umask(static_cast<mode_t>(mask));
    Output::file(path);
    ::umask(before);
    struct stat status {};
    ASSERT_EQ(::stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777, static_cast<mode_t>(expected)) << mask;
  }
}

std::string refusal(const std::string& path) {
  try {
    Output::file(path);
    return "";
  } catch (const std::runtime_error& error) {
    return error.what();
  }
}

TEST(Output, a_file_that_cannot_be_written_is_named_with_the_reason_and_nothing_is_made) {
  const TemporaryFolder folder;
  folder.write("log", "");
  ASSERT_EQ(::mkfifo(folder.path("pipe").c_str(), 0600), 0);
  const struct {
    std::string path;
    std::string reason;
  } table[] = {{folder.path("log/file"), "cannot be written: Not a directory"},
               {folder.path("pipe"), "is a pipe or socket that nobody reads"},
               {folder.path("."), "cannot be written: Is a directory"},
               {folder.path("a/b/log"), "the folder " + folder.path("a/b") + " does not exist"}};
  for (const auto& [path, reason] : table) {
    EXPECT_EQ(Output::obstacle(path), path + ": " + reason);
    EXPECT_EQ(refusal(path), path + ": " + reason);
  }
  EXPECT_FALSE(std::filesystem::exists(folder.path("a")));
}

TEST(Output, to_ask_for_obstacles_makes_no_file) {
  const TemporaryFolder folder;
  folder.write("there", "text");
  for (const char* name : {"there", "new"}) EXPECT_EQ(Output::obstacle(folder.path(name)), "") << name;
  EXPECT_EQ(folder.read("there"), "text");
  EXPECT_FALSE(std::filesystem::exists(folder.path("new")));
}

}  // namespace
}  // namespace turnpike::log
