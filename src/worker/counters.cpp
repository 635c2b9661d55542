#include "turnpike/worker/counters.hpp"

namespace turnpike::worker {

Counters& Counters::operator+=(const Counters& other) {
  for (std::size_t direction = 0; direction < sockets.size(); ++direction) {
    for (std::size_t transport = 0; transport < sockets[direction].size(); ++transport)
      sockets[direction][transport] += other.sockets[direction][transport];
    kernel[direction] += other.kernel[direction];
  }
  drops += other.drops;
  for (const auto& [answer, count] : other.answers) answers[answer] += count;
  refusals += other.refusals;
  paths += other.paths;
  sends += other.sends;
  flows += other.flows;
  relays_opened += other.relays_opened;
  relays_not_opened += other.relays_not_opened;
  return *this;
}

}  // namespace turnpike::worker
