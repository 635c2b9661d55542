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
  // `bytes_per_second` 0: everything passes. Numbers from 1 to `number_max`; what has number 0 has no limit.
  // Memory is held as soon as there is a limit.
  Budgets(std::uint64_t bytes_per_second, std::uint32_t number_max);

  // Of one thread at a time.
  void set_rate(std::uint64_t bytes_per_second);
  bool is_limited() const { return rate().is_limited(); }
  bool take(std::uint32_t number, std::size_t bytes, TimePoint now);
  // What was taken and not used.
  void give_back(std::uint32_t number, std::size_t bytes);

 private:
  using FullAt = std::atomic<Duration::rep>;

  Gcra rate() const { return Gcra(bytes_per_second_.load(std::memory_order_acquire)); }

  std::uint32_t number_max_;
  std::unique_ptr<FullAt[]> full_at_ns_;  // by number; there before the first limit, and from then on
  std::atomic<std::uint64_t> bytes_per_second_ = 0;
};

// Of each MeterId's user, and of the room that the user is in. Thread-safe, no lock.
class Meters {
 public:
  // Bytes per second as for Budgets. Ids and room numbers from 1 to `meters_max`: who has a room has a meter.
  Meters(std::uint64_t bytes_per_second_per_user, std::uint32_t meters_max,
         std::uint64_t bytes_per_second_per_room = 0);

  // As the constructor's; of one thread at a time.
  void set_rates(std::uint64_t bytes_per_second_per_user, std::uint64_t bytes_per_second_per_room) {
    users_.set_rate(bytes_per_second_per_user);
    rooms_.set_rate(bytes_per_second_per_room);
    limits_.store(users_.is_limited() || rooms_.is_limited(), std::memory_order_release);
  }
  // Where nothing is limited, as by default, a packet pays for one look.
  bool admit(MeterId meter, std::size_t bytes, TimePoint now) {
    return !limits_.load(std::memory_order_acquire) || admit_limited(meter, bytes, now);
  }

  bool limits_rooms() const { return rooms_.is_limited(); }
  // Where the user of this meter is from now on, if rooms are limited.
  void put_in_room(MeterId meter, RoomNumber room) { room_of_[meter].store(room, std::memory_order_relaxed); }

 private:
  bool admit_limited(MeterId meter, std::size_t bytes, TimePoint now);

  Budgets users_;
  Budgets rooms_;
  std::atomic<bool> limits_;                            // any of both
  std::unique_ptr<std::atomic<RoomNumber>[]> room_of_;  // by MeterId
};

}  // namespace turnpike::relay
