// Tells whether a file is still the one that it was, without reading it.
#pragma once

#include <cstdint>
#include <string>

namespace turnpike::net {

// Identity and change time of the file that a path leads to through all links. A stamp changes with any link
// on the way: certbot's link to the newest file, or Kubernetes' `..data`, which leads to another folder.
struct FileStamp {
  std::uint64_t device = 0, inode = 0, size = 0;
  std::int64_t changed_ns = 0;  // ctime, in nanoseconds since 1970

  bool operator==(const FileStamp&) const = default;
};

// Returns the stamp of a file; all fields are 0 if the file cannot be found.
FileStamp stamp_of(const std::string& path);

}  // namespace turnpike::net
