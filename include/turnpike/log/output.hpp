// Where lines go: a descriptor that is written only as far as that does not block.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <string_view>

#include "turnpike/base/time.hpp"

namespace turnpike::log {

// Writes to a descriptor without blocking. Standard output keeps its flags, because other processes that
// share it would get O_NONBLOCK too. A descriptor that poll() calls writable takes PIPE_BUF bytes at once.
class Output {
 public:
  enum class Sent { some, not_ready, failed };

  // Returns standard output, always the same object.
  static std::shared_ptr<Output> standard();
  // Opens a file to append to, and creates it with mode 0640 if needed; folders are not created. Throws
  // std::runtime_error with the text of obstacle() if that fails.
  static std::shared_ptr<Output> file(const std::string& path);
  // Returns "`path`: why it cannot be written", or "" if it can. Creates nothing.
  static std::string obstacle(const std::string& path);

  Output(int fd, bool is_owned) : fd_(fd), is_owned_(is_owned) {}
  virtual ~Output();
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  // Writes at most PIPE_BUF bytes and removes them from the front of `text`. Waits at most `patience` until
  // the descriptor is writable. A journal takes the whole text as one entry.
  [[nodiscard]] virtual Sent write_some(std::string_view& text, Duration patience);

  // Returns whether the output takes entries of the journal (log/journal.hpp) instead of lines.
  virtual bool takes_entries() const { return false; }

  // Marks that another output has taken the place of this one: what this one does not take at once is
  // dropped.
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
