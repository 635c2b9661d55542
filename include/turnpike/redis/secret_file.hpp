// Reads a password from a file.
#pragma once

#include <cstddef>
#include <string>

#include "turnpike/base/result.hpp"
#include "turnpike/redis/failure.hpp"

namespace turnpike::redis {

// Bytes of a password at most.
inline constexpr std::size_t kSecretBytesMax = 4096;

// Returns the file's content without the end of its line; the file must have one line that is not empty. The
// failure names the file.
Result<std::string, Failure> read_secret_file(const std::string& path);

}  // namespace turnpike::redis
