// Real servers: Redis and its sentinels as programs, each with a folder of its own and without a disk.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "temporary_folder.hpp"

namespace turnpike::redis {

// A TCP port of loopback that nobody has.
std::uint16_t free_port();

class RedisProcess {
 public:
  using Options = std::vector<std::string>;  // lines of its configuration

  // Waits until it has said that it is ready. Nothing outlives it, not even if the test is killed.
  explicit RedisProcess(Options options, bool is_sentinel = false);
  ~RedisProcess();
  RedisProcess(const RedisProcess&) = delete;
  RedisProcess& operator=(const RedisProcess&) = delete;

  static bool is_installed();

  void signal(int number) const;
  void kill();
  void start();  // once more, with what it was started with

  std::uint16_t port() const { return port_; }
  std::string path(const std::string& name) const { return folder_.path(name); }
  std::string log() const { return folder_.read("log"); }

 private:
  TemporaryFolder folder_;
  std::uint16_t port_;
  bool is_sentinel_;
  pid_t pid_ = 0;
};

}  // namespace turnpike::redis
