#include "turnpike/turn/places.hpp"

#include <algorithm>
#include <utility>

#include "turnpike/base/check.hpp"

namespace turnpike::turn {
namespace {

bool fits(std::size_t held, std::uint32_t count, std::uint32_t max) {
  return max == 0 || held + count <= max;
}

// Visitors are strangers to each server by itself.
std::size_t of_others(const Tenant& tenant, std::uint32_t elsewhere) {
  return tenant.kind == NameKind::visitor ? 0 : elsewhere;
}

}  // namespace

Places::Places(const PlacesOptions& options) {
  for (relay::MeterId i = relay::kVisitorMeters; i > 0; --i)
    free_visitor_meters_.push_back(relay::kVisitorMetersFrom + i - 1);
  set_options(options);
}

void Places::set_options(const PlacesOptions& options) {
  options_ = options;
  add_meters();
  for (auto& [user_id, account] : accounts_) {
    if (account.meter != 0) continue;
    account.meter = take_meter(account.kind);
    if (account.meter != 0) note(user_id, account);
  }
}

void Places::add_meters() {
  if (options_.meters_max <= meters_) return;
  std::vector<relay::MeterId> more;
  for (relay::MeterId id = options_.meters_max; id > meters_; --id) more.push_back(id);
  free_meters_.insert(free_meters_.begin(), more.begin(), more.end());
  meters_ = options_.meters_max;
}

relay::MeterId Places::take_meter(NameKind kind) {
  std::vector<relay::MeterId>& free = free_meters_of(kind);
  if (free.empty()) return 0;
  const relay::MeterId meter = free.back();
  free.pop_back();
  return meter;
}

std::uint32_t Places::max_of(NameKind kind) const {
  switch (kind) {
    case NameKind::personal: return options_.per_user_max;
    case NameKind::shared: return options_.per_shared_user_max;
    case NameKind::visitor: return kPlacesPerVisitorMax;
  }
  return kPlacesPerVisitorMax;
}

Quota Places::take(const Tenant& tenant, std::uint32_t count, TimePoint now, std::uint32_t elsewhere) {
  const auto& [user_id, kind] = tenant;
  const std::uint32_t held = held_by(user_id);
  if (is_full(tenant, count, elsewhere)) return Quota::user_full;
  if (!fits(held_, count, options_.total_max)) return Quota::server_full;
  const bool is_visitor = kind == NameKind::visitor;
  if (is_visitor && held_by_visitors_ + count > options_.visitors_max) return Quota::visitors_full;
  if (is_metered(kind) && held == 0 && free_meters_of(kind).empty())
    return is_visitor ? Quota::visitors_full : Quota::server_full;
  for (std::uint32_t taken = 0; taken < count; ++taken) claim(tenant, now);
  return Quota::granted;
}

std::uint32_t Places::lacking(const Tenant& tenant, std::uint32_t count, std::uint32_t elsewhere) const {
  const std::uint32_t max = max_of(tenant.kind);
  if (!is_full(tenant, count, elsewhere) || count > max) return 0;
  const std::size_t held = held_by(tenant.user_id) + of_others(tenant, elsewhere);
  return static_cast<std::uint32_t>(std::min<std::size_t>(held + count - max, UINT32_MAX));
}

bool Places::is_full(const Tenant& tenant, std::uint32_t count, std::uint32_t elsewhere) const {
  const std::size_t held = held_by(tenant.user_id);
  return !fits(held + of_others(tenant, elsewhere), count, max_of(tenant.kind));
}

void Places::claim(const Tenant& tenant, TimePoint granted) {
  Account& account = accounts_[tenant.user_id];
  account.granted = std::max(account.granted, granted);
  if (account.held == 0) {
    account.kind = tenant.kind;
    account.meter = take_meter(tenant.kind);
  }
  ++account.held;
  ++held_;
  if (account.kind == NameKind::visitor) ++held_by_visitors_;
  note(tenant.user_id, account);
}

void Places::give_back(const std::string& user_id) {
  const auto found = accounts_.find(user_id);
  TURNPIKE_CHECK(found != accounts_.end());
  Account& account = found->second;
  --held_;
  if (account.kind == NameKind::visitor) --held_by_visitors_;
  if (--account.held > 0) return note(user_id, account);
  if (account.meter != 0) free_meters_of(account.kind).push_back(account.meter);
  account.meter = 0;
  note(user_id, account);
  accounts_.erase(found);
}

std::uint32_t Places::held_by(const std::string& user_id) const {
  const auto found = accounts_.find(user_id);
  return found == accounts_.end() ? 0 : found->second.held;
}

relay::MeterId Places::meter_of(const std::string& user_id) const {
  const auto found = accounts_.find(user_id);
  return found == accounts_.end() || !is_metered(found->second.kind) ? 0 : found->second.meter;
}

std::size_t Places::unmetered() const {
  if (options_.meters_max == 0) return 0;
  return static_cast<std::size_t>(
      std::ranges::count_if(accounts_, [](const auto& each) { return each.second.meter == 0; }));
}

void Places::watch(std::size_t changed_max) {
  changed_max_ = changed_max;
  changes_ = {.are_all = changed_max != 0};
}

void Places::note(const std::string& user_id, const Account& account) {
  if (changed_max_ == 0 || changes_.are_all || account.kind == NameKind::visitor) return;
  changes_.holdings[user_id] = {account.held, account.meter, account.kind};
  if (changes_.holdings.size() <= changed_max_) return;
  changes_.holdings.clear();
  changes_.are_all = true;
}

HoldingChanges Places::take_changes() {
  HoldingChanges taken = std::exchange(changes_, {});
  if (!taken.are_all) return taken;
  for (const auto& [user_id, account] : accounts_) {
    if (account.kind != NameKind::visitor)
      taken.holdings[user_id] = {account.held, account.meter, account.kind};
  }
  return taken;
}

std::vector<Holder> Places::holders() const {
  std::vector<Holder> holders;
  holders.reserve(accounts_.size());
  for (const auto& [user_id, account] : accounts_) holders.push_back({user_id, account.granted});
  return holders;
}

}  // namespace turnpike::turn
