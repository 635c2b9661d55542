#include "turnpike/log/output.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <limits.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <stdexcept>
#include <system_error>

namespace turnpike::log {
namespace {

constexpr mode_t kFileMode = 0640;  // less the umask: lines have the names and addresses of users
// O_NONBLOCK: to open a pipe that nobody reads would wait for a reader.
constexpr int kFlags = O_WRONLY | O_APPEND | O_CLOEXEC | O_NONBLOCK;

std::string folder_of(const std::string& path) {
  const std::string folder = std::filesystem::path(path).parent_path().string();
  return folder.empty() ? "." : folder;
}

// Why the file cannot be opened, according to the system's error.
std::string reason_of(const std::string& path, int error) {
  const std::string folder = folder_of(path);
  std::error_code ignored;
  if (error == ENOENT && !std::filesystem::exists(folder, ignored))
    return fmt::format("{}: the folder {} does not exist", path, folder);
  if (error == ENXIO) return fmt::format("{}: is a pipe or socket that nobody reads", path);
  return fmt::format("{}: cannot be written: {}", path, std::generic_category().message(error));
}

}  // namespace

std::shared_ptr<Output> Output::standard() {
  static const auto output = std::make_shared<Output>(STDOUT_FILENO, false);
  return output;
}

std::shared_ptr<Output> Output::file(const std::string& path) {
  const int fd = ::open(path.c_str(), kFlags | O_CREAT, kFileMode);
  if (fd < 0) throw std::runtime_error(reason_of(path, errno));
  return std::make_shared<Output>(fd, true);
}

std::string Output::obstacle(const std::string& path) {
  if (const int fd = ::open(path.c_str(), kFlags); fd >= 0) {
    ::close(fd);
    return "";
  }
  if (errno != ENOENT) return reason_of(path, errno);
  const bool may_make = ::faccessat(AT_FDCWD, folder_of(path).c_str(), W_OK | X_OK, AT_EACCESS) == 0;
  return may_make ? "" : reason_of(path, errno);
}

Output::~Output() {
  if (is_owned_) ::close(fd_);
}

bool Output::is_writable(Duration patience) const {
  pollfd state{fd_, POLLOUT, 0};
  const auto wait = std::chrono::ceil<std::chrono::milliseconds>(patience);
  return ::poll(&state, 1, static_cast<int>(wait.count())) > 0;
}

Output::Sent Output::write_some(std::string_view& text, Duration patience) {
  if (!is_writable(patience)) return Sent::not_ready;
  const ssize_t written = ::write(fd_, text.data(), std::min<std::size_t>(text.size(), PIPE_BUF));
  if (written < 0) return errno == EAGAIN || errno == EINTR ? Sent::not_ready : Sent::failed;
  text.remove_prefix(static_cast<std::size_t>(written));
  return Sent::some;
}

}  // namespace turnpike::log
