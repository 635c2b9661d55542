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

constexpr mode_t kFileMode = 0666;  // less the umask

bool is_writable(int fd, Duration patience) {
  pollfd state{fd, POLLOUT, 0};
  const auto wait = std::chrono::ceil<std::chrono::milliseconds>(patience);
  return ::poll(&state, 1, static_cast<int>(wait.count())) > 0;
}

}  // namespace

std::shared_ptr<Output> Output::standard() {
  static const auto output = std::make_shared<Output>(STDOUT_FILENO, false);
  return output;
}

std::shared_ptr<Output> Output::file(const std::string& path) {
  std::error_code ignored;  // open() says what is wrong
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), ignored);
  // O_NONBLOCK: to open a pipe that nobody reads would wait for a reader.
  const int fd = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, kFileMode);
  if (fd < 0) throw std::runtime_error(fmt::format("{}: {}", path, std::generic_category().message(errno)));
  return std::make_shared<Output>(fd, true);
}

Output::~Output() {
  if (is_owned_) ::close(fd_);
}

Output::Sent Output::write_some(std::string_view& text, Duration patience) {
  if (!is_writable(fd_, patience)) return Sent::not_ready;
  const ssize_t written = ::write(fd_, text.data(), std::min<std::size_t>(text.size(), PIPE_BUF));
  if (written < 0) return errno == EAGAIN || errno == EINTR ? Sent::not_ready : Sent::failed;
  text.remove_prefix(static_cast<std::size_t>(written));
  return Sent::some;
}

}  // namespace turnpike::log
