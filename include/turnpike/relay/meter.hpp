// Byte budgets of users and of rooms, shared by all workers and by the kernel engine's program (TURN-GEN-07):
// what exceeds them is dropped without a word.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>

#include "turnpike/base/gcra.hpp"
#include "turnpike/relay/route.hpp"

namespace turnpike::relay {

using RoomNumber = std::uint32_t;  // 0: no room

// Ids of visitors, who have a rate of their own: so many, beyond those of all others.
inline constexpr MeterId kVisitorMetersFrom = 65537;
inline constexpr std::uint32_t kVisitorMeters = 64;

// What is left of a second's bytes, as the time (CLOCK_MONOTONIC, ns) at which all are there again: Gcra.
using FullAt = std::int64_t;

struct UserBudget {
  FullAt full_at_ns = 0;
  RoomNumber room = 0;  // that the user is in
  std::uint32_t unused = 0;
};

// Bytes per second; 0: no limit.
struct ByteRates {
  std::uint64_t per_user = 0, per_room = 0;
  std::uint64_t per_visitor = 0;                     // in place of the user's
  std::uint64_t visitors_from = kVisitorMetersFrom;  // the first MeterId of a visitor
};

// Where budgets are, so that others can take from them, too. Of all that lies there each word is read and
// written by itself, as an atomic one. It begins as zeros.
struct BudgetMemory {
  std::span<UserBudget> users;  // by MeterId
  std::span<FullAt> rooms;      // by RoomNumber
  ByteRates* rates = nullptr;
};

// Of each MeterId's user, and of the room that the user is in. Thread-safe, no lock.
class Meters {
 public:
  // A datagram costs its payload, but not less than the headers of IPv4 and UDP: whoever sends empty ones has
  // a limit, too.
  static constexpr std::size_t kPayloadMin = 28;

  // In memory of its own, held as soon as there is a limit. Ids and room numbers from 1 to `meters_max`: who
  // has a room has a meter.
  Meters(const ByteRates& rates, std::uint32_t meters_max);
  Meters(std::uint64_t bytes_per_second_per_user, std::uint32_t meters_max,
         std::uint64_t bytes_per_second_per_room = 0)
      : Meters(ByteRates{bytes_per_second_per_user, bytes_per_second_per_room}, meters_max) {}
  // In memory that outlives it.
  Meters(const ByteRates& rates, const BudgetMemory& memory);

  // Holds at once, for whoever takes from the memory; of one thread at a time.
  void set_rates(const ByteRates& rates);
  void set_rates(std::uint64_t bytes_per_second_per_user, std::uint64_t bytes_per_second_per_room) {
    set_rates({bytes_per_second_per_user, bytes_per_second_per_room});
  }
  // Where nothing is limited, as by default, a packet pays for one look.
  bool admit(MeterId meter, std::size_t bytes, TimePoint now) {
    return !limits_.load(std::memory_order_acquire) || admit_limited(meter, bytes, now);
  }

  bool limits_rooms() const;
  // Where the user of this meter is from now on; to be called while rooms are limited.
  void put_in_room(MeterId meter, RoomNumber room);

 private:
  bool admit_limited(MeterId meter, std::size_t bytes, TimePoint now);
  void hold_memory();

  std::uint32_t meters_max_;
  std::unique_ptr<UserBudget[]> own_users_;
  std::unique_ptr<FullAt[]> own_rooms_;
  ByteRates own_rates_;
  BudgetMemory memory_;
  std::atomic<bool> limits_ = false;  // any of both
};

}  // namespace turnpike::relay
