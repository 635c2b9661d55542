// Tells whether a file is still the one that it was, without reading it.
#pragma once

#include <cstdint>
#include <string>

namespace turnpike::net {

// Of the file that a path leads to through all links, so it changes with any of them: certbot's link to the
// newest file, or Kubernetes' `..data`, which leads to another folder.
struct FileStamp {
  std::uint64_t device = 0, inode = 0, size = 0;
  std::int64_t changed_ns = 0;

  bool operator==(const FileStamp&) const = default;
};

// All 0 where there is no such file.
FileStamp stamp_of(const std::string& path);

}  // namespace turnpike::net
