// Tasks for a worker from other threads, announced by a descriptor it polls.
#pragma once

#include <functional>
#include <mutex>
#include <vector>

#include "turnpike/net/file_descriptor.hpp"

namespace turnpike::net {

// For control only, which is rare and never dropped: whoever posts at the pace of packets needs a bound of
// its own.
class Mailbox {
 public:
  // Throws std::system_error.
  Mailbox();
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;

  // Readable while tasks wait.
  int fd() const { return event_.get(); }
  // From any thread.
  void post(std::function<void()> task);
  // In the worker: runs what has been posted so far, in order. Tasks posted meanwhile are announced again.
  void run();

 private:
  FileDescriptor event_;
  std::mutex mutex_;
  std::vector<std::function<void()>> tasks_;
};

}  // namespace turnpike::net
