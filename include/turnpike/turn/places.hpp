// Places in the quotas: how many allocations each user and all users together may hold, and which meter
// counts a user's bytes.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "turnpike/base/time.hpp"
#include "turnpike/relay/meter.hpp"
#include "turnpike/relay/route.hpp"
#include "turnpike/turn/tenant.hpp"

namespace turnpike::turn {

// Holds the limits of places.
struct PlacesOptions {
  std::uint32_t per_user_max = 0;  // 0 = no limit, as for the next two
  std::uint32_t per_shared_user_max = 0;
  std::uint32_t total_max = 0;
  std::uint32_t meters_max = 0;  // users metered at once; 0 = only visitors are metered
  std::uint32_t visitors_max =
      0;  // places of all visitors together, at most relay::kVisitorMeters; 0 = no visitors
};

// Places of one visitor, independent of all other limits.
inline constexpr std::uint32_t kPlacesPerVisitorMax = 8;

// Says whether places were granted, or which limit is full.
enum class Quota { granted, user_full, visitors_full, server_full };

// Holds a user with a place and the time when the user's latest place was granted.
struct Holder {
  std::string user_id;
  TimePoint granted;
  bool operator==(const Holder&) const = default;
};

// Holds what one user holds, visitors excepted; 0 places: the user has given all back.
struct Holding {
  std::uint32_t places = 0;
  relay::MeterId meter = 0;
  NameKind kind = NameKind::personal;
  bool operator==(const Holding&) const = default;
};

// Holds the changes of holdings since the changes were last taken, by user id.
struct HoldingChanges {
  std::unordered_map<std::string, Holding> holdings{};
  bool are_all = false;  // the list is complete: all other users hold nothing
};

// Counts the places of users and gives each user a meter. Not thread-safe.
class Places {
 public:
  explicit Places(const PlacesOptions& options);

  // Sets new limits. Users who hold more than the new limits keep what they hold.
  void set_options(const PlacesOptions& options);

  // Takes `count` places if all of them are within the limits, else none. `elsewhere`: places that the user
  // holds on other servers, which count within the user's limit; ignored for visitors.
  [[nodiscard]] Quota take(const Tenant& tenant, std::uint32_t count, TimePoint now,
                           std::uint32_t elsewhere = 0);
  // Returns how many places the tenant must give back before `count` more are within the user's limit.
  // Returns 0 if there is room, or if `count` alone exceeds the limit.
  std::uint32_t lacking(const Tenant& tenant, std::uint32_t count, std::uint32_t elsewhere = 0) const;
  // Returns whether `count` more places would exceed the user's limit.
  bool is_full(const Tenant& tenant, std::uint32_t count, std::uint32_t elsewhere = 0) const;
  // Adds one place that was granted before, whatever the limits say. A user who holds a place keeps the kind
  // of the first one.
  void claim(const Tenant& tenant, TimePoint granted);
  // Gives one place back. Precondition: the user holds one.
  void give_back(const std::string& user_id);

  std::uint32_t held_by(const std::string& user_id) const;
  std::size_t held() const { return held_; }
  std::size_t held_by_visitors() const { return held_by_visitors_; }
  // Returns the meter of the user. Returns 0 if the user holds no place, metering is off, or no meter was
  // left.
  relay::MeterId meter_of(const std::string& user_id) const;
  // Returns how many users with a place have no meter; 0 if metering is off. Takes time linear in the number
  // of users.
  std::size_t unmetered() const;
  std::vector<Holder> holders() const;  // in no particular order

  // Starts noting changes, of at most `changed_max` users; with more changes all holdings are reported, as at
  // the first call of take_changes(). 0 stops noting.
  void watch(std::size_t changed_max);
  // Returns and clears the noted changes.
  HoldingChanges take_changes();

 private:
  struct Account {
    NameKind kind = NameKind::personal;
    std::uint32_t held = 0;
    relay::MeterId meter = 0;
    TimePoint granted;  // the latest
  };

  void add_meters();
  std::vector<relay::MeterId>& free_meters_of(NameKind kind) {
    return kind == NameKind::visitor ? free_visitor_meters_ : free_meters_;
  }
  relay::MeterId take_meter(NameKind kind);
  std::uint32_t max_of(NameKind kind) const;
  void note(const std::string& user_id, const Account& account);
  bool is_metered(NameKind kind) const { return options_.meters_max != 0 || kind == NameKind::visitor; }

  PlacesOptions options_;
  std::unordered_map<std::string, Account> accounts_;
  std::vector<relay::MeterId> free_meters_;
  std::vector<relay::MeterId> free_visitor_meters_;
  relay::MeterId meters_ = 0;  // ids from 1 to this number are in use or free
  std::size_t held_ = 0;
  std::size_t held_by_visitors_ = 0;  // of these
  std::size_t changed_max_ = 0;       // 0: nobody watches
  HoldingChanges changes_;
};

}  // namespace turnpike::turn
