// An output takes what goes without waiting, and says when that is nothing.
#include "turnpike/log/output.hpp"

#include <gtest/gtest.h>
#include <limits.h>
#include <sys/stat.h>

#include <csignal>
#include <stdexcept>

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

TEST(Output, a_file_is_appended_to_and_its_folder_is_made) {
  const TemporaryFolder folder;
  for (std::string_view text : {"one\n", "two\n"})
    EXPECT_EQ(Output::file(folder.path("new/log"))->write_some(text, {}), Output::Sent::some);
  EXPECT_EQ(folder.read("new/log"), "one\ntwo\n");
}

TEST(Output, a_file_that_cannot_be_opened_is_named_with_the_reason) {
  const TemporaryFolder folder;
  folder.write("log", "");
  ASSERT_EQ(::mkfifo(folder.path("pipe").c_str(), 0600), 0);
  const struct {
    std::string path;
    const char* reason;
  } table[] = {{folder.path("log/file"), "Not a directory"},
               {folder.path("pipe"), "No such device or address"},  // nobody reads it
               {folder.path("."), "Is a directory"}};
  for (const auto& [path, reason] : table) {
    try {
      Output::file(path);
      ADD_FAILURE() << path;
    } catch (const std::runtime_error& error) {
      EXPECT_EQ(error.what(), path + ": " + reason);
    }
  }
}

}  // namespace
}  // namespace turnpike::log
