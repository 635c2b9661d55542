#include "turnpike/net/file_stamp.hpp"

#include <sys/stat.h>

namespace turnpike::net {

FileStamp stamp_of(const std::string& path) {
  struct stat file {};
  if (::stat(path.c_str(), &file) != 0) return {};
  return {file.st_dev, file.st_ino, static_cast<std::uint64_t>(file.st_size),
          std::int64_t{file.st_ctim.tv_sec} * 1'000'000'000 + file.st_ctim.tv_nsec};
}

}  // namespace turnpike::net
