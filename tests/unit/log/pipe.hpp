// A pipe as an output of the log, and who reads it, or does not.
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <string>
#include <utility>

#include "turnpike/log/output.hpp"

namespace turnpike::log {

class Pipe {
 public:
  Pipe() {
    if (::pipe2(ends_.data(), O_CLOEXEC) != 0) ends_ = {-1, -1};
    output_ = std::make_shared<Output>(ends_[1], true);
  }
  ~Pipe() { close_reader(); }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  const std::shared_ptr<Output>& output() const { return output_; }
  void close_reader() {
    if (ends_[0] >= 0) ::close(std::exchange(ends_[0], -1));
  }

  // Until it is full.
  std::size_t fill() const {
    const std::string filling(1000, '.');
    std::size_t size = 0;
    for (std::string_view rest = filling; output_->write_some(rest, {}) == Output::Sent::some; rest = filling)
      size += filling.size() - rest.size();
    return size;
  }

  // What is there, without waiting.
  std::string read_some() const {
    std::string bytes(1 << 16, '\0');
    pollfd state{ends_[0], POLLIN, 0};
    const ssize_t size = ::poll(&state, 1, 0) > 0 ? ::read(ends_[0], bytes.data(), bytes.size()) : 0;
    bytes.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    return bytes;
  }
  // Waits until there is so much.
  std::string read(std::size_t size) const {
    std::string bytes(size, '\0');
    std::size_t have = 0;
    while (have < size) {
      const ssize_t more = ::read(ends_[0], bytes.data() + have, size - have);
      if (more <= 0) break;
      have += static_cast<std::size_t>(more);
    }
    bytes.resize(have);
    return bytes;
  }

 private:
  std::array<int, 2> ends_{-1, -1};
  std::shared_ptr<Output> output_;
};

}  // namespace turnpike::log
