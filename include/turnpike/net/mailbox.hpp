// Passes tasks from other threads to a worker, which polls a descriptor for them.
#pragma once

#include <functional>
#include <mutex>
#include <vector>

#include "turnpike/net/file_descriptor.hpp"

namespace turnpike::net {

// Queues tasks for one worker, without a bound and without dropping any. Only for rare control messages: what
// is posted at the pace of packets needs a bound of its own.
class Mailbox {
 public:
  // Throws std::system_error if no eventfd can be had.
  Mailbox();
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;

  // Returns a descriptor that is readable while tasks wait.
  int fd() const { return event_.get(); }
  // Queues a task; from any thread.
  void post(std::function<void()> task);
  // Runs the tasks posted so far, in order; in the worker's thread only. Tasks posted meanwhile make the
  // descriptor readable again.
  void run();

 private:
  FileDescriptor event_;
  std::mutex mutex_;
  std::vector<std::function<void()>> tasks_;
};

}  // namespace turnpike::net
