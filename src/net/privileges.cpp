#include "turnpike/net/privileges.hpp"

#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <thread>

#include "turnpike/net/file_descriptor.hpp"

namespace turnpike::net {
namespace {

static_assert(kBindLowPorts == 1ULL << CAP_NET_BIND_SERVICE);

// The system calls have no wrapper in the C library; version 3 means two words of 32 bits.
using Words = std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3>;

__user_cap_header_struct this_thread() { return {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0}; }

bool get(Words& words) {
  auto header = this_thread();
  return ::syscall(SYS_capget, &header, words.data()) == 0;
}

Capabilities join(std::uint32_t low, std::uint32_t high) { return Capabilities{high} << 32 | low; }

// Best effort: with no_new_privs nothing comes out of that set any more.
void limit_bounding_set(Capabilities wanted) {
  for (unsigned long each = 0; ::prctl(PR_CAPBSET_READ, each, 0, 0, 0) >= 0; ++each) {
    if ((wanted >> each & 1) == 0) ::prctl(PR_CAPBSET_DROP, each, 0, 0, 0);
  }
}

// What is ambient falls with what is inheritable.
bool limit_sets(Capabilities wanted) {
  Words words{};
  if (!get(words)) return false;
  for (std::size_t i = 0; i < words.size(); ++i) {
    words[i].permitted &= static_cast<std::uint32_t>(wanted >> (32 * i));
    words[i].effective = words[i].permitted;
    words[i].inheritable = 0;
  }
  auto header = this_thread();
  return ::syscall(SYS_capset, &header, words.data()) == 0;
}

// Of the calling thread alone: the C library's functions would change all of them.
bool become(const User& user) {
  return ::syscall(SYS_setgroups, user.groups.size(), user.groups.data()) == 0 &&
         ::syscall(SYS_setresgid, user.gid, user.gid, user.gid) == 0 &&
         ::syscall(SYS_setresuid, user.uid, user.uid, user.uid) == 0;
}

bool is_already(const User& user) { return ::geteuid() == user.uid && ::getuid() == user.uid; }

// What is permitted stays so through the change.
bool become_with_capabilities(const User& user) {
  if (is_already(user)) return true;
  return ::prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) == 0 && become(user) &&
         ::prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0) == 0;
}

}  // namespace

Capabilities effective_capabilities() {
  Words words{};
  return get(words) ? join(words[0].effective, words[1].effective) : 0;
}

Result<User, std::string> find_user(const std::string& name) {
  passwd entry{};
  passwd* found = nullptr;
  std::vector<char> text(4096);
  while (::getpwnam_r(name.c_str(), &entry, text.data(), text.size(), &found) == ERANGE)
    text.resize(2 * text.size());
  if (found == nullptr) return "this host has no user " + name;
  User user{entry.pw_uid, entry.pw_gid, {}};
  int count = 16;
  do {
    user.groups.resize(static_cast<std::size_t>(count));
  } while (::getgrouplist(name.c_str(), user.gid, user.groups.data(), &count) < 0);
  user.groups.resize(static_cast<std::size_t>(count));
  return user;
}

void hand_over(const std::string& path, const User& user) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  struct stat status {};
  const bool is_own = file && ::fstat(file.get(), &status) == 0 && S_ISREG(status.st_mode) &&
                      status.st_nlink == 1 && status.st_uid == ::geteuid();
  if (is_own && ::fchown(file.get(), user.uid, user.gid) != 0) return;
}

void hand_over(int socket, const User& user) {
  if (::fchown(socket, user.uid, user.gid) != 0) return;
}

bool keep_only(Capabilities wanted, const std::optional<User>& user) {
  limit_bounding_set(wanted);
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && (!user || become_with_capabilities(*user)) &&
         limit_sets(wanted);
}

bool run_unprivileged(const std::optional<User>& user, const std::function<void()>& task) {
  bool has_run = false;
  std::thread([&] {
    if (user && !is_already(*user) && !become(*user)) return;
    if (!limit_sets(0)) return;
    task();
    has_run = true;
  }).join();
  return has_run;
}

}  // namespace turnpike::net
