// The queue of lines between those who log and the one thread that writes.
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

struct Line {
  std::shared_ptr<Output> output;
  std::string text;  // with its end
};

// Whoever logs never waits for whoever reads. A line that finds the queue full is lost, and counted.
//
//   push() -> | queue, kQueueBytesMax | -> taken as a whole -> written line by line -> Output
class Writer {
 public:
  static constexpr std::size_t kQueueBytesMax = 2 << 20;  // as much again may have been taken

  // Called by whoever writes; they may do what takes part in push().
  struct Hooks {
    std::function<Line(std::uint64_t count)> lost_line;  // that says how many lines were lost
    // Once the time is there that it has returned, and after wake(); the next such time. May push().
    std::function<std::optional<TimePoint>(TimePoint now)> on_time;
  };

  explicit Writer(Hooks hooks);
  // Waits for nothing.
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  // Thread-safe.
  void push(Line line);
  // Thread-safe. Has the thread ask on_time() anew, whose answer is another by now.
  void wake();
  // Thread-safe. Where there is no thread, writes what goes without waiting.
  void write_now();
  // Thread-safe. True: all that had been pushed has been written, within `patience`.
  bool flush(Duration patience);

  // From now on a thread writes, which takes no signals. A process should not fork any more.
  void start();
  // The thread ends when all has been written or `patience` is over. One that the system does not let go is
  // left behind.
  void stop(Duration patience);

 private:
  struct State;
  std::shared_ptr<State> state_;
  std::thread thread_;
};

}  // namespace turnpike::log
