#include "turnpike/net/clock.hpp"

#include <ctime>

namespace turnpike::net {

Now read_clock() {
  timespec monotonic;
  timespec real;
  clock_gettime(CLOCK_MONOTONIC, &monotonic);
  clock_gettime(CLOCK_REALTIME, &real);
  return {TimePoint(std::chrono::seconds(monotonic.tv_sec) + std::chrono::nanoseconds(monotonic.tv_nsec)),
          real.tv_sec};
}

}  // namespace turnpike::net
