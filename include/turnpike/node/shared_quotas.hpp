// Quotas that the nodes of a fleet have together: places of users, byte budgets of users and rooms.
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

// 0: no limit.
struct QuotaLimits {
  std::uint32_t places_per_user = 0, places_per_shared_user = 0;
  std::uint64_t bytes_per_second_per_user = 0, bytes_per_second_per_room = 0;

  bool operator==(const QuotaLimits&) const = default;
};

// Places that several nodes granted at once, of which these are too many.
struct GivenBack {
  std::string user_id;
  std::uint32_t places = 0;
  TimePoint since;  // all of them were granted then or later

  bool operator==(const GivenBack&) const = default;
};

// On the main thread. What it is given must outlive it, and it must outlive the workers' threads. It costs
// nothing until it ticks.
class SharedQuotas {
 public:
  struct Rooms {
    std::function<std::string_view(relay::RoomNumber number)> name_of;  // empty: nobody's
    std::function<relay::RoomNumber()> greatest;
  };
  struct Ends {
    // Has to end the latest of the user's allocations.
    std::function<void(GivenBack given_back)> latest;
    // Has to end allocations of the user whose clients keep silent, so many or as many as there are.
    std::function<void(std::string user_id, std::uint32_t places)> silent;
  };

  // Before there are other threads. `fleet` may be another one after renew().
  SharedQuotas(std::function<fleet::Fleet&()> fleet, turn::Ledger& ledger, relay::Meters& meters, Rooms rooms,
               Ends ends, const QuotaLimits& limits);
  SharedQuotas(const SharedQuotas&) = delete;
  SharedQuotas& operator=(const SharedQuotas&) = delete;

  // Of a reload; they hold at once. Whoever holds more by now keeps it.
  void set_limits(const QuotaLimits& limits);
  // The fleet is another one, or there is none any more: the limits are this node's own until the next tick.
  void renew();
  // The user lacks so many places, and others hold some: those are asked to end what clients have left
  // behind. `done` is called when there is room, at last after a second; at once where nobody can help, or
  // was asked for the user in the last ten seconds.
  void make_room(const std::string& user_id, std::uint32_t places, std::function<void()> done, TimePoint now);
  // Ten times a second, while there is a fleet.
  void tick(const Now& now);

  struct Counts {
    std::size_t users_elsewhere = 0;                   // who hold places on other nodes, as far as is known
    std::size_t users_sharing = 0, rooms_sharing = 0;  // whose byte limit is here less than all of it
    std::uint64_t given_back = 0;                      // places, since the start

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
    std::uint32_t elsewhere = 0, places = 0;  // held then, and lacking
    TimePoint said;
    std::function<void()> done;  // null: it was called
  };
  // With one fleet, for as long as it is the one.
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
  std::shared_ptr<const int> token_;  // of the fleet that is listened to
  bool was_connected_ = false;        // at the tick before
  std::unordered_map<std::string, User> users_;
  std::unordered_map<fleet::Who, std::string> wishes_of_others_;  // that would concern users here
  std::unordered_map<std::string, Wish> wishes_;
  std::unordered_map<std::string, Fresh> fresh_;
  std::uint64_t given_back_ = 0;
};

}  // namespace turnpike::node
