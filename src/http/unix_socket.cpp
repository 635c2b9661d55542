#include "turnpike/http/unix_socket.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <thread>
#include <utility>

#include "turnpike/net/bound_socket.hpp"

namespace turnpike::http {
namespace {

using boost::system::error_code;
namespace errc = boost::system::errc;

constexpr mode_t kMode = S_IRUSR | S_IWUSR;
constexpr int kLockAttempts = 20;
constexpr std::chrono::milliseconds kLockPause(10);

net::FileDescriptor open_socket() {
  return net::FileDescriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}

Result<sockaddr_un> address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.find('\0') != path.npos) return errc::make_error_code(errc::invalid_argument);
  if (path.size() >= sizeof address.sun_path) return errc::make_error_code(errc::filename_too_long);
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

const sockaddr* generic(const sockaddr_un& address) { return reinterpret_cast<const sockaddr*>(&address); }

// A socket's file to which nobody listens any more.
bool is_stale(const sockaddr_un& address) {
  struct stat file {};
  if (::lstat(address.sun_path, &file) != 0 || !S_ISSOCK(file.st_mode)) return false;
  const auto caller = open_socket();
  return caller && ::connect(caller.get(), generic(address), sizeof address) != 0 && errno == ECONNREFUSED;
}

// Held while the folder's sockets are judged, so that of two processes that find the same one stale only one
// replaces it: between bind() and listen() a socket looks stale. Goes with its descriptor. Whoever else holds
// it for longer than that takes is no server that starts, but a program that tidies up, say.
Result<net::FileDescriptor> lock_folder(const std::string& path) {
  auto folder = std::filesystem::path(path).parent_path();
  if (folder.empty()) folder = ".";
  net::FileDescriptor lock(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!lock) return net::last_error();
  for (int i = 0; i < kLockAttempts && ::flock(lock.get(), LOCK_EX | LOCK_NB) != 0; ++i)
    std::this_thread::sleep_for(kLockPause);
  return lock;
}

}  // namespace

Result<net::FileDescriptor> listen_on_unix_socket(const std::string& path) {
  const auto address = address_of(path);
  if (!address) return address.error();
  const auto lock = lock_folder(path);
  if (!lock) return lock.error();
  auto fd = open_socket();
  // Linux gives the file the mode of the socket, so no other process ever sees it with another, and no umask
  // has to change.
  if (!fd || ::fchmod(fd.get(), kMode) != 0) return net::last_error();
  const auto bind = [&] { return ::bind(fd.get(), generic(*address), sizeof *address) == 0; };
  if (!bind()) {
    const error_code refused = net::last_error();
    if (refused != errc::address_in_use || !is_stale(*address)) return refused;
    if (::unlink(path.c_str()) != 0 || !bind()) return net::last_error();
  }
  if (::listen(fd.get(), SOMAXCONN) != 0) return net::last_error();
  return fd;
}

SocketFile::SocketFile(std::string path) : path_(std::move(path)) {
  struct stat file {};
  if (::lstat(path_.c_str(), &file) != 0) return;
  device_ = file.st_dev;
  inode_ = file.st_ino;
}

SocketFile::~SocketFile() {
  struct stat file {};
  if (inode_ == 0 || ::lstat(path_.c_str(), &file) != 0) return;
  if (file.st_dev == device_ && file.st_ino == inode_) ::unlink(path_.c_str());
}

}  // namespace turnpike::http
