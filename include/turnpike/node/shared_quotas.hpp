// Shares quotas between the nodes of a fleet: places of users, byte budgets of users and rooms.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "turnpike/base/time.hpp"
#include "turnpike/fleet/fleet.hpp"
#include "turnpike/node/budget_shares.hpp"
#include "turnpike/node/held_by_others.hpp"
#include "turnpike/relay/meter.hpp"
#include "turnpike/turn/ledger.hpp"

namespace turnpike::node {

// The limits that hold for the fleet as a whole; 0 = no limit.
struct QuotaLimits {
  std::uint32_t places_per_user = 0, places_per_shared_user = 0;
  std::uint64_t bytes_per_second_per_user = 0, bytes_per_second_per_room = 0;

  bool operator==(const QuotaLimits&) const = default;
};

// Places above the quota that this node must give back, because several nodes granted places at once.
struct GivenBack {
  std::string user_id;
  std::uint32_t places = 0;
  TimePoint since;  // all were granted at this time or later

  bool operator==(const GivenBack&) const = default;
};

// Enforces the fleet's quotas on this node, on the main thread. All arguments must outlive this object, and
// this object must outlive the workers' threads. It costs nothing until the first tick().
class SharedQuotas {
 public:
  // The rooms of this node by number.
  struct Rooms {
    std::function<std::string_view(relay::RoomNumber number)> name_of;  // "" if the number is free
    std::function<relay::RoomNumber()> greatest;
  };
  // Functions that end allocations.
  struct Ends {
    // Must end the user's latest allocations.
    std::function<void(GivenBack given_back)> latest;
    // Must end up to `places` of the user's allocations whose clients are silent.
    std::function<void(std::string user_id, std::uint32_t places)> silent;
  };

  // Construct before there are other threads. `fleet` returns the current fleet, which may be another object
  // after renew().
  SharedQuotas(std::function<fleet::Fleet&()> fleet, turn::Ledger& ledger, relay::Meters& meters, Rooms rooms,
               Ends ends, const QuotaLimits& limits);
  SharedQuotas(const SharedQuotas&) = delete;
  SharedQuotas& operator=(const SharedQuotas&) = delete;

  // Sets new limits, which hold at once. Users who hold more by then keep it.
  void set_limits(const QuotaLimits& limits);
  // Forgets the fleet, after it was replaced or removed: until the next tick the limits are this node's own.
  void renew();
  // Asks the other nodes to end abandoned allocations of a user who lacks `places` places here. Calls `done`
  // when there is room, after one second at the latest; at once if no node can help or the user was asked for
  // within the last ten seconds.
  void make_room(const std::string& user_id, std::uint32_t places, std::function<void()> done, TimePoint now);
  // Call ten times a second while there is a fleet.
  void tick(const Now& now);

  // Numbers for metrics.
  struct Counts {
    std::size_t users_elsewhere = 0;                   // known to hold places on other nodes
    std::size_t users_sharing = 0, rooms_sharing = 0;  // with less than the whole byte limit on this node
    std::uint64_t given_back = 0;                      // places since the start

    bool operator==(const Counts&) const = default;
  };
  Counts counts() const;

 private:
  struct User {
    turn::Holding holding;
    fleet::Digests digests, wishes;
  };
  // Places that were granted not long ago.
  struct Fresh {
    std::uint32_t places = 0;
    TimePoint since;
  };
  struct Wish {
    fleet::Digests wishes;
    std::uint32_t elsewhere = 0, places = 0;  // held elsewhere at that time; lacking here
    TimePoint said;
    std::function<void()> done;  // null once called
  };
  // What belongs to the current fleet.
  struct Joined {
    Joined(fleet::Fleet& with, relay::Meters& meters);

    fleet::Fleet& fleet;
    BudgetShares user_shares, room_shares;
  };

  void join();
  void heed_limits();
  void on_sum(fleet::Who who, std::uint64_t sum);
  void forget_users();
  void settle_wishes(TimePoint now);
  void take_changes(TimePoint now);
  void apply(const std::string& user_id, const turn::Holding& holding, TimePoint now);
  void note_fresh(const std::string& user_id, std::uint32_t before, std::uint32_t after, TimePoint now);
  void give_back_what_is_too_much(TimePoint now);
  std::uint32_t limit_of(turn::NameKind kind) const;
  void tick_rooms(TimePoint now);

  std::function<fleet::Fleet&()> fleet_;
  turn::Ledger& ledger_;
  relay::Meters& meters_;
  Rooms rooms_;
  Ends ends_;
  QuotaLimits limits_;
  HeldByOthers elsewhere_;
  std::optional<Joined> joined_;
  std::shared_ptr<const int> token_;  // expires when the fleet is replaced
  bool was_connected_ = false;        // at the tick before
  std::unordered_map<std::string, User> users_;
  // Wishes of other nodes that concern users here.
  std::unordered_map<fleet::Who, std::string> wishes_of_others_;
  std::unordered_map<std::string, Wish> wishes_;
  std::unordered_map<std::string, Fresh> fresh_;
  std::uint64_t given_back_ = 0;
};

}  // namespace turnpike::node
