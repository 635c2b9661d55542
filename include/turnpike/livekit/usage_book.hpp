// Keeps the accounts of participants and rooms: joins the workers' reports with who is in which room.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "turnpike/livekit/ageing_map.hpp"
#include "turnpike/livekit/room_registry.hpp"
#include "turnpike/livekit/usage_report.hpp"
#include "turnpike/relay/usage.hpp"

namespace turnpike::livekit {

// The bounds of the book.
struct UsageBookOptions {
  std::size_t accounts_max = 131072;  // further users are not accounted for until others have gone
  std::size_t rooms_max = 16384;      // rooms whose participants have left; the oldest is forgotten
};

// An account of a participant lives until the participant leaves, over all allocations; an account of anybody
// else until the last allocation has ended. Not thread-safe.
class UsageBook {
 public:
  // Returns the room and identity of a user; none if the user is in no room.
  using FindRoom = std::function<std::optional<Membership>(std::string_view user_id)>;

  // Makes an empty book; `find_room` is called by settle().
  explicit UsageBook(FindRoom find_room, const UsageBookOptions& options = {});

  // Applies the report of a worker; each worker's reports in their order.
  void apply(relay::UsageReport report);
  // Sums up the reports of all workers, looks up rooms, and closes accounts outside rooms that have no
  // allocation. Call it after the reports of all workers. Bit rates are averages since the settlement before,
  // over a second at least.
  void settle(TimePoint now);
  // Returns all accounts as of the last settlement.
  UsageView view() const;
  // Participants with an allocation, and the rooms they are in, as of the last settlement.
  struct Counts {
    std::size_t rooms = 0, participants = 0;
    bool operator==(const Counts&) const = default;
  };
  // Returns the counts as of the last settlement.
  Counts counts() const;
  // Returns the users with an allocation as of the last settlement.
  std::vector<std::string> relaying() const;

  // Closes the account of a participant whose allocations have ended and adds it to the room. Returns its
  // total; none if the participant had no allocation.
  std::optional<ParticipantUsage> close_participant(const std::string& user_id, const Membership& was);
  // Closes the account of a room whose participants have left. Returns its total; none if nobody had an
  // allocation.
  std::optional<RoomUsage> close_room(const std::string& name);

 private:
  struct Account {
    Membership where;  // empty: in no room
    Usage ended;
    Usage live;  // as of the last settlement
    std::vector<Transport> transports;
    TimePoint rated_at = TimePoint::max();  // since when bytes count for the bit rate; max: never rated
    std::uint64_t rated_bytes = 0;          // bytes at `rated_at`
    std::uint64_t bits_per_second = 0;

    Usage usage() const;
  };
  struct Left {
    std::uint32_t participants = 0;
    Usage usage;
  };

  // Returns nullptr if the book is full.
  Account* account_of(const std::string& user_id);
  static void rate(Account& account, TimePoint now);

  FindRoom find_room_;
  UsageBookOptions options_;
  std::unordered_map<std::uint32_t, std::vector<relay::AllocationUsage>> live_;  // by worker
  std::unordered_map<std::string, Account> accounts_;
  AgeingMap<Left> left_;  // by the room's name
};

}  // namespace turnpike::livekit
