#include "turnpike/redis/secret_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>

#include "turnpike/net/bound_socket.hpp"
#include "turnpike/net/file_descriptor.hpp"

namespace turnpike::redis {
namespace {

Failure failure(const std::string& path, std::string_view reason) {
  return {Cause::no_password_file, fmt::format("{}: {}", path, reason)};
}

}  // namespace

// O_NONBLOCK: nobody may write to what is a pipe.
Result<std::string, Failure> read_secret_file(const std::string& path) {
  const net::FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file) return failure(path, net::last_error().message());
  std::array<char, kSecretBytesMax + 3> buffer;
  std::string secret;
  ssize_t size = 0;
  while (secret.size() < buffer.size() && (size = ::read(file.get(), buffer.data(), buffer.size())) > 0)
    secret.append(buffer.data(), static_cast<std::size_t>(size));
  if (size < 0) return failure(path, net::last_error().message());
  if (secret.ends_with('\n')) secret.pop_back();
  if (secret.ends_with('\r')) secret.pop_back();
  if (secret.empty()) return failure(path, "it is empty");
  if (secret.size() > kSecretBytesMax)
    return failure(path, fmt::format("it has more than {} bytes", kSecretBytesMax));
  if (secret.find('\n') != secret.npos) return failure(path, "it has more than one line");
  return secret;
}

}  // namespace turnpike::redis
