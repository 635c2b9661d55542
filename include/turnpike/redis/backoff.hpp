// Chooses how long to wait before the next attempt, so that clients that lose a server together do not all
// come back together.
#pragma once

#include <chrono>

#include "turnpike/base/random.hpp"
#include "turnpike/base/time.hpp"

namespace turnpike::redis {

// Draws each wait evenly from zero up to a bound that doubles with each attempt (full jitter). A connection
// that has lasted at least as long as the longest wait resets the bound; one that ended sooner does not.
class Backoff {
 public:
  // `first` and `longest` are the smallest and the largest bound. `random` must outlive the object.
  explicit Backoff(Random& random, Duration first = std::chrono::milliseconds(100),
                   Duration longest = std::chrono::seconds(5))
      : random_(random), first_(first), longest_(longest), bound_(first) {}

  // Returns the next wait. `lasted` is how long the last connection existed; zero if the attempt failed.
  Duration after(Duration lasted);

 private:
  Random& random_;
  Duration first_;
  Duration longest_;
  Duration bound_;
};

}  // namespace turnpike::redis
