// Privileges are given up for good; what others may do is tried as they.
#include "turnpike/net/privileges.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include "temporary_folder.hpp"
#include "turnpike/net/file_descriptor.hpp"

namespace turnpike::net {
namespace {

constexpr Capabilities kSome = 1ULL << 12 | kBindLowPorts;

bool is_root() { return ::geteuid() == 0 && effective_capabilities() != 0; }

// "CapEff" -> "0000000000000400", of this thread.
std::map<std::string, std::string> status() {
  std::ifstream file("/proc/thread-self/status");
  std::map<std::string, std::string> values;
  for (std::string line; std::getline(file, line);) {
    const auto colon = line.find(':');
    const auto value = line.find_first_not_of(" \t", colon + 1);
    if (value != line.npos) values[line.substr(0, colon)] = line.substr(value);
  }
  return values;
}

std::string mask(Capabilities capabilities) {
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(capabilities));
  return text;
}

// Runs it in a process of its own, which may change itself.
void expect_in_a_child(const std::function<bool()>& test) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(test() ? 0 : 1);
  int end = -1;
  ASSERT_EQ(::waitpid(child, &end, 0), child);
  EXPECT_EQ(end, 0);
}

TEST(Privileges, what_was_given_up_is_gone_from_every_set) {
  if (!is_root()) GTEST_SKIP() << "needs root";
  expect_in_a_child([] {
    if (!keep_only(kSome)) return false;
    auto sets = status();
    const bool has_rest = sets["CapEff"] == mask(kSome) && sets["CapPrm"] == mask(kSome) &&
                          sets["CapBnd"] == mask(kSome) && sets["CapInh"] == mask(0) &&
                          sets["CapAmb"] == mask(0) && sets["NoNewPrivs"] == "1";
    return has_rest && keep_only(0) && effective_capabilities() == 0 && keep_only(kSome) &&
           effective_capabilities() == 0;
  });
}

// The thread sanitizer has a thread of its own, which keeps its capabilities: glibc ends a process whose
// threads do not come to the same end with another user. A server changes before it has threads.
#ifndef __SANITIZE_THREAD__
TEST(Privileges, are_kept_through_the_change_to_another_user) {
  if (!is_root()) GTEST_SKIP() << "needs root";
  const auto nobody = find_user("nobody");
  ASSERT_TRUE(nobody) << nobody.error();
  expect_in_a_child([&] {
    if (!keep_only(kBindLowPorts, *nobody)) return false;
    auto values = status();
    const std::string uid = std::to_string(nobody->uid), all = uid + "\t" + uid + "\t" + uid + "\t" + uid;
    return values["Uid"] == all && values["CapEff"] == mask(kBindLowPorts) &&
           values["CapBnd"] == mask(kBindLowPorts) && ::getgid() == nobody->gid && ::setuid(0) != 0;
  });
}
#endif

TEST(Privileges, a_user_that_is_not_there_is_named) {
  const auto found = find_user("no-such-user");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error(), "this host has no user no-such-user");
  EXPECT_EQ(find_user("root")->uid, 0U);
}

TEST(Privileges, what_others_may_read_is_tried_as_they) {
  if (!is_root()) GTEST_SKIP() << "needs root";
  const TemporaryFolder folder;
  std::filesystem::permissions(folder.path(""), std::filesystem::perms(0755));
  const std::string open = folder.path("open"), own = folder.path("own"), other = folder.path("other");
  for (const std::string& path : {open, own, other}) std::ofstream(path) << "text";
  const User nobody = *find_user("nobody");
  ASSERT_EQ(::chmod(open.c_str(), 0644) | ::chmod(own.c_str(), 0600) | ::chmod(other.c_str(), 0600), 0);
  ASSERT_EQ(::chown(other.c_str(), nobody.uid, nobody.gid), 0);
  const auto readable = [&](const std::optional<User>& user) {
    std::string names;
    EXPECT_TRUE(run_unprivileged(user, [&] {
      for (const std::string& path : {open, own, other}) {
        if (FileDescriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC))) names += path.substr(path.rfind('/'));
      }
    }));
    return names;
  };
  EXPECT_EQ(readable(std::nullopt), "/open/own");
  EXPECT_EQ(readable(nobody), "/open/other");
  EXPECT_TRUE(is_root()) << "this thread is who it was";
}

TEST(Privileges, only_a_regular_file_of_its_own_is_handed_over) {
  if (!is_root()) GTEST_SKIP() << "needs root";
  const TemporaryFolder folder;
  const User nobody = *find_user("nobody");
  const std::string file = folder.path("file"), target = folder.path("target");
  const std::string link = folder.path("link"), twin = folder.path("twin"), pipe = folder.path("pipe");
  for (const std::string& path : {file, target}) std::ofstream(path) << "text";
  ASSERT_EQ(::symlink(target.c_str(), link.c_str()), 0);
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  const auto owner = [](const std::string& path) {
    struct stat status {};
    EXPECT_EQ(::stat(path.c_str(), &status), 0);
    return status.st_uid;
  };
  for (const std::string& path : {file, link, pipe, folder.path("missing")}) hand_over(path, nobody);
  EXPECT_EQ(owner(file), nobody.uid);
  EXPECT_EQ(owner(target), 0U);
  EXPECT_EQ(owner(pipe), 0U);
  ASSERT_EQ(::link(target.c_str(), twin.c_str()), 0);
  hand_over(twin, nobody);
  EXPECT_EQ(owner(target), 0U) << "it has another name";
}

}  // namespace
}  // namespace turnpike::net
