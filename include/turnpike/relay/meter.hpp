// Byte budgets of users and of rooms, shared by all workers and by the kernel engine's program (RFC 8656 5):
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

// This server's share of a rate that it has together with others, in parts of kWhole; 0: all of it.
using Share = std::uint32_t;
inline constexpr Share kWhole = 65536;

// The share of a rate, rounded down, but not to 0, which would be no limit; of a share up to kWhole.
// src/kernel/budget.h has the same for the program.
constexpr std::uint64_t share_of(std::uint64_t rate, Share share) {
  if (share == 0 || rate == 0) return rate;
  const std::uint64_t part = rate / kWhole * share + rate % kWhole * share / kWhole;
  return part == 0 ? 1 : part;
}

// Half a cache line each.
struct UserBudget {
  FullAt full_at_ns = 0;
  RoomNumber room = 0;  // that the user is in
  Share share = 0;
  std::uint64_t taken = 0;  // bytes, while that is counted
  std::uint64_t unused = 0;
};

struct RoomBudget {
  FullAt full_at_ns = 0;
  Share share = 0;
  std::uint32_t unused = 0;
  std::uint64_t taken = 0;  // as of a user
  std::uint64_t unused_too = 0;
};

// Bytes per second; 0: no limit.
struct ByteRates {
  std::uint64_t per_user = 0, per_room = 0;
  std::uint64_t per_visitor = 0;                     // in place of the user's
  std::uint64_t visitors_from = kVisitorMetersFrom;  // the first MeterId of a visitor
  std::uint64_t are_counted = 0;                     // 1: what is taken is counted
};

// Of a budget: what was taken from it while that was counted, by whoever takes from its memory, and whether a
// quarter of a second's bytes or less is left.
struct Taken {
  std::uint64_t bytes = 0;
  bool is_nearly_all = false;

  bool operator==(const Taken&) const = default;
};

// Where budgets are, so that others can take from them, too. Of all that lies there each word is read and
// written by itself, as an atomic one. It begins as zeros.
struct BudgetMemory {
  std::span<UserBudget> users;  // by MeterId
  std::span<RoomBudget> rooms;  // by RoomNumber
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

  // What follows is for servers that have budgets together, while there is a limit. From one thread at a
  // time.
  void count_taken(bool are_counted);
  Taken taken_by(MeterId meter, TimePoint now) const;
  Taken taken_in(RoomNumber room, TimePoint now) const;
  // Of the rates that there are now and later; whoever has a meter or a room next has the share, too.
  void set_share_of_user(MeterId meter, Share share);
  void set_share_of_room(RoomNumber room, Share share);

 private:
  bool admit_limited(MeterId meter, std::size_t bytes, TimePoint now);
  void hold_memory();

  std::uint32_t meters_max_;
  std::unique_ptr<UserBudget[]> own_users_;
  std::unique_ptr<RoomBudget[]> own_rooms_;
  ByteRates own_rates_;
  BudgetMemory memory_;
  std::atomic<bool> limits_ = false;  // any of both
};

}  // namespace turnpike::relay
