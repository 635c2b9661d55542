// Byte budgets of users and of rooms, shared by all workers and by the kernel engine's program (RFC 8656 5).
// Packets that exceed a budget are dropped silently.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>

#include "turnpike/base/gcra.hpp"
#include "turnpike/relay/route.hpp"

namespace turnpike::relay {

// Number of a room's byte budget.
using RoomNumber = std::uint32_t;  // 0: no room

// Ids of visitors' meters: kVisitorMeters of them from kVisitorMetersFrom on, beyond the ids of all other
// users. Visitors have a rate of their own.
inline constexpr MeterId kVisitorMetersFrom = 65537;
inline constexpr std::uint32_t kVisitorMeters = 64;

// Says how much of a second's bytes is left, as the time (CLOCK_MONOTONIC, ns) at which the budget is full
// again; see Gcra.
using FullAt = std::int64_t;

// This server's share of a rate that several servers have together, in units of 1/kWhole; 0: the whole rate.
using Share = std::uint32_t;
inline constexpr Share kWhole = 65536;

// Returns the share of a rate, rounded down, but at least 1, because 0 would mean no limit. `share` is at
// most kWhole. src/kernel/budget.h has the same for the kernel program.
constexpr std::uint64_t share_of(std::uint64_t rate, Share share) {
  if (share == 0 || rate == 0) return rate;
  const std::uint64_t part = rate / kWhole * share + rate % kWhole * share / kWhole;
  return part == 0 ? 1 : part;
}

// Holds the budget of one user in half a cache line, as the kernel program sees it.
struct UserBudget {
  FullAt full_at_ns = 0;
  RoomNumber room = 0;  // the room that the user is in
  Share share = 0;
  std::uint64_t taken = 0;  // bytes taken while ByteRates::are_counted is 1
  std::uint64_t unused = 0;
};

// Holds the budget of one room in half a cache line, as the kernel program sees it.
struct RoomBudget {
  FullAt full_at_ns = 0;
  Share share = 0;
  std::uint32_t unused = 0;
  std::uint64_t taken = 0;  // bytes taken while ByteRates::are_counted is 1
  std::uint64_t unused_too = 0;
};

// Holds the rates in bytes per second; 0: no limit.
struct ByteRates {
  std::uint64_t per_user = 0, per_room = 0;
  std::uint64_t per_visitor = 0;                     // for visitors, in place of per_user
  std::uint64_t visitors_from = kVisitorMetersFrom;  // the first MeterId of a visitor
  std::uint64_t are_counted = 0;                     // 1: UserBudget::taken and RoomBudget::taken are counted
};

// Holds the bytes taken from one budget while that was counted, and whether at most a quarter of a second's
// bytes is left.
struct Taken {
  std::uint64_t bytes = 0;
  bool is_nearly_all = false;

  bool operator==(const Taken&) const = default;
};

// Refers to the memory of the budgets, which other threads or the kernel program may share. Every word in it
// is read and written atomically. The memory is all zeros at first.
struct BudgetMemory {
  std::span<UserBudget> users;  // by MeterId
  std::span<RoomBudget> rooms;  // by RoomNumber
  ByteRates* rates = nullptr;
};

// Holds the budgets of all users and rooms. Thread-safe without a lock.
class Meters {
 public:
  // Least cost of a datagram in bytes, the size of the IPv4 and UDP headers: empty datagrams are limited too.
  static constexpr std::size_t kPayloadMin = 28;

  // Uses memory of its own, which is allocated once there is a limit. Ids and room numbers go from 1 to
  // `meters_max`.
  Meters(const ByteRates& rates, std::uint32_t meters_max);
  Meters(std::uint64_t bytes_per_second_per_user, std::uint32_t meters_max,
         std::uint64_t bytes_per_second_per_room = 0)
      : Meters(ByteRates{bytes_per_second_per_user, bytes_per_second_per_room}, meters_max) {}
  // Uses the given memory, which must outlive the object.
  Meters(const ByteRates& rates, const BudgetMemory& memory);

  // Sets the rates, which take effect at once for all users of the memory. Must be called from one thread at
  // a time.
  void set_rates(const ByteRates& rates);
  void set_rates(std::uint64_t bytes_per_second_per_user, std::uint64_t bytes_per_second_per_room) {
    set_rates({bytes_per_second_per_user, bytes_per_second_per_room});
  }
  // Takes the bytes of one packet from the budgets of the meter's user and room. Returns false if the packet
  // must be dropped; nothing is taken then. Costs one load while there are no limits.
  bool admit(MeterId meter, std::size_t bytes, TimePoint now) {
    return !limits_.load(std::memory_order_acquire) || admit_limited(meter, bytes, now);
  }

  bool limits_rooms() const;
  // Sets the room of the meter's user, 0 for none. Precondition: limits_rooms() is true.
  void put_in_room(MeterId meter, RoomNumber room);

  // For servers that share budgets: starts or stops counting what is taken. Must be called from one thread at
  // a time.
  void count_taken(bool are_counted);
  // Both functions return what was taken from one budget, zero for an unknown number.
  Taken taken_by(MeterId meter, TimePoint now) const;
  Taken taken_in(RoomNumber room, TimePoint now) const;
  // Both functions set this server's share of the rates of one user or room, also of later rates. The share
  // stays with the number: the next user of the meter has it too.
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
  std::atomic<bool> limits_ = false;  // some rate is limited
};

}  // namespace turnpike::relay
