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

struct PlacesOptions {
  std::uint32_t per_user_max = 0;  // 0 = no limit, as the next two
  std::uint32_t per_shared_user_max = 0;
  std::uint32_t total_max = 0;
  std::uint32_t meters_max = 0;    // users that can be metered at once; 0 = no metering, but for visitors
  std::uint32_t visitors_max = 0;  // places of all visitors together, at most relay::kVisitorMeters; 0 = none
};

inline constexpr std::uint32_t kPlacesOfVisitor = 8;  // whatever the limits of others are

enum class Quota { granted, user_full, visitors_full, server_full };

// A user who holds a place, and when the latest one was granted.
struct Holder {
  std::string user_id;
  TimePoint granted;
  bool operator==(const Holder&) const = default;
};

// What a user holds now who is no visitor; 0 places: nothing any more.
struct Holding {
  std::uint32_t places = 0;
  relay::MeterId meter = 0;
  NameKind kind = NameKind::personal;
  bool operator==(const Holding&) const = default;
};

// Since the changes were taken before.
struct HoldingChanges {
  std::unordered_map<std::string, Holding> holdings{};
  bool are_all = false;  // whoever is not among them holds nothing
};

class Places {
 public:
  explicit Places(const PlacesOptions& options);

  // Whoever holds more than that by now keeps it.
  void set_options(const PlacesOptions& options);

  // So many places, if there are as many within the limits; else none. Of the user's limit
  // `elsewhere` are in use on other servers, if the user is no visitor.
  [[nodiscard]] Quota take(const Tenant& tenant, std::uint32_t count, TimePoint now,
                           std::uint32_t elsewhere = 0);
  // How many the tenant must give back, here or elsewhere, before they can take so many. 0: none, or that
  // would not help.
  std::uint32_t lacking(const Tenant& tenant, std::uint32_t count, std::uint32_t elsewhere = 0) const;
  // Whether the user's limit has no room for so many more.
  bool is_full(const Tenant& tenant, std::uint32_t count, std::uint32_t elsewhere = 0) const;
  // One place that was granted before, whatever the limits say. Of a user who holds one already the kind
  // stays.
  void claim(const Tenant& tenant, TimePoint granted);
  // The user must hold one.
  void give_back(const std::string& user_id);

  std::uint32_t held_by(const std::string& user_id) const;
  std::size_t held() const { return held_; }
  std::size_t held_by_visitors() const { return held_by_visitors_; }
  // Of a user who holds a place; 0 where metering is off, or where it came on when there was no meter left.
  relay::MeterId meter_of(const std::string& user_id) const;
  // How many of these there are whom metering has left out; looks at every user.
  std::size_t unmetered() const;
  std::vector<Holder> holders() const;  // in no order

  // Notes changes from now on, of `changed_max` users at most; where it would be more, all holdings are told,
  // as they are the first time. 0: no more.
  void watch(std::size_t changed_max);
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
  relay::MeterId meters_ = 0;  // so many ids are in use or free
  std::size_t held_ = 0;
  std::size_t held_by_visitors_ = 0;  // of these
  std::size_t changed_max_ = 0;       // 0: nobody watches
  HoldingChanges changes_;
};

}  // namespace turnpike::turn
