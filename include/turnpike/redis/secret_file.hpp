// A password that a file has.
#pragma once

#include <cstddef>
#include <string>

#include "turnpike/base/result.hpp"
#include "turnpike/redis/failure.hpp"

namespace turnpike::redis {

inline constexpr std::size_t kSecretBytesMax = 4096;

// Without the end of its line, of which it has one at most. The failure names the file.
Result<std::string, Failure> read_secret_file(const std::string& path);

}  // namespace turnpike::redis
