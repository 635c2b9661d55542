// Places in the quotas: how many allocations each user and all users together may hold, and which meter
// counts a user's bytes.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "turnpike/base/time.hpp"
#include "turnpike/relay/route.hpp"
#include "turnpike/turn/tenant.hpp"

namespace turnpike::turn {

struct PlacesOptions {
  std::uint32_t per_user_max = 0;  // 0 = no limit, as the next two
  std::uint32_t per_shared_user_max = 0;
  std::uint32_t total_max = 0;
  std::uint32_t meters_max = 0;  // users that can be metered at once; 0 = no metering
};

enum class Quota { granted, user_full, server_full };

// A user who holds a place, and when the latest one was granted.
struct Holder {
  std::string user_id;
  TimePoint granted;
  bool operator==(const Holder&) const = default;
};

class Places {
 public:
  explicit Places(const PlacesOptions& options);

  // Whoever holds more than that by now keeps it.
  void set_options(const PlacesOptions& options);

  // So many places, if there are as many within the limits (TURN-ALLOC-21); else none.
  [[nodiscard]] Quota take(const Tenant& tenant, std::uint32_t count, TimePoint now);
  // How many the tenant must give back before they can take so many. 0: none, or that would not help.
  std::uint32_t lacking(const Tenant& tenant, std::uint32_t count) const;
  // One place that was granted before, whatever the limits say.
  void claim(const std::string& user_id, TimePoint granted);
  // The user must hold one.
  void give_back(const std::string& user_id);

  std::uint32_t held_by(const std::string& user_id) const;
  std::size_t held() const { return held_; }
  // Of a user who holds a place; 0 where metering is off, or where it came on when there was no meter left.
  relay::MeterId meter_of(const std::string& user_id) const;
  // How many of these there are whom metering has left out; looks at every user.
  std::size_t unmetered() const;
  std::vector<Holder> holders() const;  // in no order

 private:
  void add_meters();
  relay::MeterId take_meter();

  struct Account {
    std::uint32_t held = 0;
    relay::MeterId meter = 0;
    TimePoint granted;  // the latest
  };

  std::uint32_t max_of(NameKind kind) const {
    return kind == NameKind::shared ? options_.per_shared_user_max : options_.per_user_max;
  }

  PlacesOptions options_;
  std::unordered_map<std::string, Account> accounts_;
  std::vector<relay::MeterId> free_meters_;
  relay::MeterId meters_ = 0;  // so many ids are in use or free
  std::size_t held_ = 0;
};

}  // namespace turnpike::turn
