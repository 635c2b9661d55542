// Byte budgets of users and of rooms, shared by all workers (TURN-GEN-07): what exceeds them is dropped
// without a word.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "turnpike/base/gcra.hpp"
#include "turnpike/relay/route.hpp"

namespace turnpike::relay {

using RoomNumber = std::uint32_t;  // 0: no room

// Budgets of one second's bytes, each as one atomic word. Thread-safe, no lock.
class Budgets {
 public:
  // `bytes_per_second` 0: everything passes and no memory is held. Numbers from 1 to `number_max`; what has
  // number 0 has no limit.
  Budgets(std::uint64_t bytes_per_second, std::uint32_t number_max);

  bool is_limited() const { return rate_.is_limited(); }
  bool take(std::uint32_t number, std::size_t bytes, TimePoint now);
  // What was taken and not used.
  void give_back(std::uint32_t number, std::size_t bytes);

 private:
  Gcra rate_;
  std::unique_ptr<std::atomic<Duration::rep>[]> full_at_ns_;  // by number
};

// Of each MeterId's user, and of the room that the user is in. Thread-safe, no lock.
class Meters {
 public:
  // Bytes per second as for Budgets. Ids and room numbers from 1 to `meters_max`: who has a room has a meter.
  Meters(std::uint64_t bytes_per_second_per_user, std::uint32_t meters_max,
         std::uint64_t bytes_per_second_per_room = 0);

  bool admit(MeterId meter, std::size_t bytes, TimePoint now);

  bool limits_rooms() const { return rooms_.is_limited(); }
  // Where the user of this meter is from now on, if rooms are limited.
  void put_in_room(MeterId meter, RoomNumber room) { room_of_[meter].store(room, std::memory_order_relaxed); }

 private:
  Budgets users_;
  Budgets rooms_;
  std::unique_ptr<std::atomic<RoomNumber>[]> room_of_;  // by MeterId; null where rooms have no limit
};

}  // namespace turnpike::relay
