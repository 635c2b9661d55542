// The queue of lines between the threads that log and the one thread that writes.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "turnpike/base/time.hpp"
#include "turnpike/log/output.hpp"

namespace turnpike::log {

// Holds one finished line and its output.
struct Line {
  std::shared_ptr<Output> output;
  std::string text;  // with its line end
};

// Queues and writes lines, so that threads that log never wait for a reader. A line that finds the queue full
// is dropped and counted.
//
//   push() -> | queue, kQueueBytesMax | -> taken as a whole -> written line by line -> Output
class Writer {
 public:
  static constexpr std::size_t kQueueBytesMax = 2 << 20;  // bytes; as many again may already have been taken

  // Functions that the writing thread calls without the queue's lock: they may take locks that callers of
  // push() hold.
  struct Hooks {
    // Returns the line that tells how many lines were dropped.
    std::function<Line(std::uint64_t count)> lost_line;
    // Called at the time that it last returned and after wake(). Returns when to be called next. May call
    // push().
    std::function<std::optional<TimePoint>(TimePoint now)> on_time;
  };

  explicit Writer(Hooks hooks);
  // Drops what is not written. Does not wait.
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  // Queues one line, or drops it if the queue is full. Thread-safe.
  void push(Line line);
  // Makes the thread call on_time(), whose answer has changed. Thread-safe.
  void wake();
  // Writes as much as does not block, if no thread is running. Thread-safe.
  void write_now();
  // Waits until all lines pushed so far are written, at most `patience`. Returns whether they are.
  // Thread-safe.
  bool flush(Duration patience);

  // Starts the writing thread, which receives no signals. The process must not fork afterwards.
  void start();
  // Stops the thread once all is written or `patience` is over. A thread that is stuck in a system call is
  // left behind.
  void stop(Duration patience);

 private:
  struct State;
  std::shared_ptr<State> state_;
  std::thread thread_;
};

}  // namespace turnpike::log
