#include "turnpike/worker/counters.hpp"

#include "turnpike/base/add_up.hpp"

namespace turnpike::worker {

Counters sum_of(const CountersOfWorkers& workers) {
  Counters sum;
  for (const auto& counters : workers) {
    if (counters) add_up(sum, *counters);
  }
  return sum;
}

}  // namespace turnpike::worker
