// What the owner asks is done in another process, which tells why not and cleans up at the end.
#include "turnpike/kernel/attach_helper.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <fstream>
#include <vector>

namespace turnpike::kernel {
namespace {

constexpr std::uint32_t kRefused = 99;

// Tells through a pipe what the helper did, since it does so in another process.
class Diary final : public Attacher {
 public:
  Diary() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) std::abort();
    read_ = net::FileDescriptor(ends[0]);
    write_ = net::FileDescriptor(ends[1]);
  }
  std::string attach(Hook hook, std::uint32_t interface) override {
    if (interface == kRefused) return "no such interface";
    note(hook == Hook::xdp ? 'x' : '+', interface);
    return "";
  }
  void detach(std::uint32_t interface) override { note('-', interface); }
  void end() override { note('.', 0); }

  // Everything that was noted by processes that have ended or answered.
  std::vector<std::string> read() {
    std::vector<std::string> lines;
    for (pollfd ready{read_.get(), POLLIN, 0}; ::poll(&ready, 1, 0) == 1;) {
      Note note{};
      if (::read(read_.get(), &note, sizeof note) != sizeof note) break;
      lines.push_back(note.what + std::to_string(note.interface));
    }
    return lines;
  }

 private:
  struct Note {
    char what;
    std::uint32_t interface;
  };
  void note(char what, std::uint32_t interface) {
    const Note note{what, interface};
    if (::write(write_.get(), &note, sizeof note) != sizeof note) std::abort();
  }
  net::FileDescriptor read_, write_;
};

using Lines = std::vector<std::string>;

TEST(AttachHelper, does_what_it_is_asked_and_detaches_the_rest_at_the_end) {
  Diary diary;
  {
    AttachHelper helper(diary);
    EXPECT_EQ(helper.attach(Hook::tc, 2), "");
    EXPECT_EQ(helper.attach(Hook::tc, 3), "");
    EXPECT_EQ(helper.attach(Hook::xdp, 3), "");
    EXPECT_EQ(helper.detach(2), "");
    EXPECT_EQ(diary.read(), (Lines{"+2", "+3", "x3", "-2"}));
  }
  EXPECT_EQ(diary.read(), (Lines{"-3", ".0"}));
}

TEST(AttachHelper, tells_why_it_could_not) {
  Diary diary;
  AttachHelper helper(diary);
  EXPECT_EQ(helper.attach(Hook::tc, kRefused), "no such interface");
  EXPECT_EQ(helper.detach(kRefused), "") << "nothing to detach is no error";
  EXPECT_EQ(diary.read(), Lines{});
}

TEST(AttachHelper, leaves_signals_to_its_owner) {
  Diary diary;
  AttachHelper helper(diary);
  EXPECT_EQ(helper.attach(Hook::tc, 2), "") << "it has come to ignore signals by now";
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) ASSERT_EQ(::kill(helper.pid(), signal), 0);
  EXPECT_EQ(helper.attach(Hook::tc, 3), "");
}

// Whether the helper has died; it takes a moment.
bool dies(AttachHelper& helper) {
  pollfd ready{helper.fd(), POLLIN, 0};
  return ::poll(&ready, 1, 10000) == 1 && helper.has_died();
}

pid_t child_of(pid_t parent) {
  const std::string pid = std::to_string(parent);
  std::ifstream children("/proc/" + pid + "/task/" + pid + "/children");
  pid_t child = 0;
  children >> child;
  return child;
}

TEST(AttachHelper, has_another_in_its_place_when_it_was_killed) {
  Diary diary;
  AttachHelper helper(diary);
  EXPECT_EQ(helper.attach(Hook::tc, 2), "");
  EXPECT_FALSE(helper.has_died());
  pid_t living = helper.pid();
  const pid_t spare = child_of(living);
  for (std::uint32_t i = 0; i < 3; ++i) {
    ASSERT_EQ(::kill(living, SIGKILL), 0);
    EXPECT_TRUE(dies(helper));
    EXPECT_FALSE(helper.has_died()) << "it is told once";
    EXPECT_TRUE(helper.is_there());
    EXPECT_EQ(helper.attach(Hook::tc, 3), "");
    living = child_of(spare);
  }
  EXPECT_EQ(diary.read(), (Lines{"+2", "+3", "+3", "+3"}))
      << "nobody has detached 2, which ended with its helper";
}

TEST(AttachHelper, whose_successor_gets_the_request_that_it_died_over) {
  Diary diary;
  AttachHelper helper(diary);
  ASSERT_EQ(::fcntl(helper.fd(), F_SETFL, O_NONBLOCK), 0) << "as those who watch it do";
  EXPECT_EQ(helper.attach(Hook::tc, 2), "");
  ASSERT_EQ(::kill(helper.pid(), SIGKILL), 0);
  EXPECT_EQ(helper.attach(Hook::tc, 3), "");
  EXPECT_EQ(helper.attach(Hook::tc, kRefused), "no such interface") << "the answer to this one, and no other";
  EXPECT_THAT(diary.read(), testing::AnyOf(Lines{"+2", "+3"}, Lines{"+2", "+3", "+3"}));
}

TEST(AttachHelper, says_so_when_nobody_is_left) {
  Diary diary;
  AttachHelper helper(diary);
  EXPECT_EQ(helper.attach(Hook::tc, 2), "");
  const pid_t spare = child_of(helper.pid());
  ASSERT_NE(spare, 0);
  ASSERT_EQ(::kill(spare, SIGKILL), 0);
  EXPECT_EQ(helper.attach(Hook::tc, 3), "") << "the spare is not needed yet";
  ASSERT_EQ(::kill(helper.pid(), SIGKILL), 0);
  EXPECT_TRUE(dies(helper));
  EXPECT_FALSE(helper.is_there());
  EXPECT_EQ(helper.attach(Hook::tc, 3), "the process that attaches has ended");
  EXPECT_FALSE(helper.has_died()) << "it is told once";
}

}  // namespace
}  // namespace turnpike::kernel
