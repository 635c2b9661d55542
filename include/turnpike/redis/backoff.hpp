// How long to wait before another attempt, so that those who lose a server together do not come back
// together.
#pragma once

#include <chrono>

#include "turnpike/base/random.hpp"
#include "turnpike/base/time.hpp"

namespace turnpike::redis {

// Anything up to a bound that doubles with each attempt (full jitter). A connection that has lasted for as
// long as the longest wait makes it short again; one that ends at once does not.
class Backoff {
 public:
  explicit Backoff(Random& random, Duration first = std::chrono::milliseconds(100),
                   Duration longest = std::chrono::seconds(5))
      : random_(random), first_(first), longest_(longest), bound_(first) {}

  // `lasted`: how long there was a connection; zero where an attempt has failed.
  Duration after(Duration lasted);

 private:
  Random& random_;
  Duration first_;
  Duration longest_;
  Duration bound_;
};

}  // namespace turnpike::redis
