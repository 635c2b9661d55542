#include "turnpike/web/challenge_folder.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "turnpike/net/file_descriptor.hpp"

namespace turnpike::web {
namespace {

constexpr std::array<std::string_view, kNoAnswerKinds> kNames = {"no_token", "no_file", "not_a_file",
                                                                 "too_large", "not_readable"};

bool is_of_token(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
}

NoAnswer cause_of(int error) {
  if (error == ENOENT || error == ENOTDIR) return NoAnswer::no_file;
  return error == ELOOP || error == ENXIO ? NoAnswer::not_a_file : NoAnswer::not_readable;
}

// The file may grow while it is read, so its size is not asked for.
Result<std::string, NoAnswer> read_all(int fd) {
  std::string answer(kAnswerBytesMax + 1, '\0');
  std::size_t size = 0;
  while (size < answer.size()) {
    const auto count = ::read(fd, answer.data() + size, answer.size() - size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return NoAnswer::not_readable;
    if (count == 0) break;
    size += static_cast<std::size_t>(count);
  }
  if (size > kAnswerBytesMax) return NoAnswer::too_large;
  answer.resize(size);
  return answer;
}

}  // namespace

std::string_view to_string(NoAnswer cause) { return kNames[static_cast<std::size_t>(cause)]; }

bool is_token(std::string_view text) {
  return !text.empty() && text.size() <= kTokenMax && std::ranges::all_of(text, is_of_token);
}

// A pipe without a writer would keep its reader waiting, were it not for O_NONBLOCK.
Result<std::string, NoAnswer> read_answer(const std::string& root, std::string_view token) {
  if (!is_token(token)) return NoAnswer::no_token;
  const std::string path = root + std::string(kChallengePath) + std::string(token);
  const net::FileDescriptor file(
      ::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (!file) return cause_of(errno);
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return NoAnswer::not_readable;
  if (!S_ISREG(status.st_mode)) return NoAnswer::not_a_file;
  return read_all(file.get());
}

}  // namespace turnpike::web
