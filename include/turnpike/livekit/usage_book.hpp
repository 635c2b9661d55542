// The accounts of participants and rooms: what the workers report, joined with who is in which room.
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

struct UsageBookOptions {
  std::size_t accounts_max = 131072;  // who comes later is not accounted for until others have gone
  std::size_t rooms_max = 16384;      // remembered after participants have left; the oldest is forgotten
};

// A participant's account lives until they leave, through all of their allocations; anybody else's until an
// allocation is no more. Not thread-safe.
class UsageBook {
 public:
  using FindRoom = std::function<std::optional<Membership>(std::string_view user_id)>;

  explicit UsageBook(FindRoom find_room, const UsageBookOptions& options = {});

  // Of a worker, in the order of its reports.
  void apply(relay::UsageReport report);
  // After the reports of all workers: sums them up, finds out about rooms, and closes the accounts of nobody.
  // Bit rates are averages since the settlement before, but at least of a second.
  void settle(TimePoint now);
  // As of the last settlement.
  UsageView view() const;
  struct Counts {
    std::size_t rooms = 0, participants = 0;  // who had an allocation then, and where they were
    bool operator==(const Counts&) const = default;
  };
  Counts counts() const;
  // Who had an allocation then.
  std::vector<std::string> relaying() const;

  // Closes the account of a participant whose allocations have ended, and says what it came to. None: they
  // had none.
  std::optional<ParticipantUsage> close_participant(const std::string& user_id, const Membership& was);
  // The same for a room whose participants have left.
  std::optional<RoomUsage> close_room(const std::string& name);

 private:
  struct Account {
    Membership where;  // empty: in no room
    Usage ended;
    Usage live;  // as of the last settlement
    std::vector<Transport> transports;
    TimePoint rated_at = TimePoint::max();  // the bit rate is from then on; max: never yet
    std::uint64_t rated_bytes = 0;          // until then
    std::uint64_t bits_per_second = 0;

    Usage usage() const;
  };
  struct Left {
    std::uint32_t participants = 0;
    Usage usage;
  };

  // Null where there is no place for another account.
  Account* account_of(const std::string& user_id);
  static void rate(Account& account, TimePoint now);

  FindRoom find_room_;
  UsageBookOptions options_;
  std::unordered_map<std::uint32_t, std::vector<relay::AllocationUsage>> live_;  // by worker
  std::unordered_map<std::string, Account> accounts_;
  AgeingMap<Left> left_;  // by the room's name
};

}  // namespace turnpike::livekit
