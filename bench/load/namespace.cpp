// setns() there and back.
#include "load/namespace.hpp"

#include <fcntl.h>
#include <sched.h>

#include <cerrno>
#include <system_error>

namespace turnpike::bench {
namespace {

net::FileDescriptor open_namespace(const std::string& path) {
  net::FileDescriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) throw std::system_error(errno, std::generic_category(), path);
  return fd;
}

void move_to(int fd) {
  if (::setns(fd, CLONE_NEWNET) < 0) throw std::system_error(errno, std::generic_category(), "setns");
}

}  // namespace

EnteredNamespace::EnteredNamespace(const std::string& name) {
  if (name.empty()) return;
  home_ = open_namespace("/proc/thread-self/ns/net");
  move_to(open_namespace("/run/netns/" + name).get());
}

// Who may go there may come back; if not, nothing that follows could be right.
EnteredNamespace::~EnteredNamespace() {
  if (home_) move_to(home_.get());
}

}  // namespace turnpike::bench
