// A bar on the terminal that says how far a scenario is; nothing where no terminal is.
#pragma once

#include <string>
#include <string_view>

#include "turnpike/base/time.hpp"

namespace turnpike::bench {

class Progress {
 public:
  // On standard error, if that is a terminal and `wanted`.
  Progress(std::string_view name, bool wanted);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // `done` from 0 to 1. Draws at most ten times a second.
  void show(std::string_view phase, double done);

 private:
  std::string name_;
  bool on_;
  TimePoint next_{};
};

}  // namespace turnpike::bench
