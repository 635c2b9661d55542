// Where lines go: a descriptor that is written to only as far as that does not wait.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <string_view>

#include "turnpike/base/time.hpp"

namespace turnpike::log {

// Standard output keeps its flags, for whoever else has it would get O_NONBLOCK as well. What poll() calls
// writable takes PIPE_BUF bytes at once.
class Output {
 public:
  enum class Sent { some, not_ready, failed };

  static std::shared_ptr<Output> standard();
  // Appends; makes the file, which others may not read, but no folder. Throws std::runtime_error with
  // obstacle().
  static std::shared_ptr<Output> file(const std::string& path);
  // "`path`: why it cannot be written"; empty: it can. Makes nothing.
  static std::string obstacle(const std::string& path);

  Output(int fd, bool is_owned) : fd_(fd), is_owned_(is_owned) {}
  virtual ~Output();
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  // Takes from the front of `text` what has been written. Waits no longer than `patience` for the reader.
  [[nodiscard]] virtual Sent write_some(std::string_view& text, Duration patience);

  // Whether it wants entries of the journal (log/journal) instead of lines.
  virtual bool takes_entries() const { return false; }

  // Another output has taken its place: what it does not take at once is not waited for.
  void set_replaced(bool is_replaced) { is_replaced_ = is_replaced; }
  bool is_replaced() const { return is_replaced_; }

 protected:
  int fd() const { return fd_; }
  bool is_writable(Duration patience) const;

 private:
  const int fd_;
  const bool is_owned_;
  std::atomic<bool> is_replaced_ = false;
};

}  // namespace turnpike::log
