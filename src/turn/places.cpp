#include "turnpike/turn/places.hpp"

#include <algorithm>

#include "turnpike/base/check.hpp"

namespace turnpike::turn {
namespace {

bool fits(std::size_t held, std::uint32_t count, std::uint32_t max) {
  return max == 0 || held + count <= max;
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
    if (account.meter == 0) account.meter = take_meter(account.kind);
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
    case NameKind::visitor: return kPlacesOfVisitor;
  }
  return kPlacesOfVisitor;
}

Quota Places::take(const Tenant& tenant, std::uint32_t count, TimePoint now) {
  const auto& [user_id, kind] = tenant;
  const std::uint32_t held = held_by(user_id);
  if (!fits(held, count, max_of(kind))) return Quota::user_full;
  if (!fits(held_, count, options_.total_max)) return Quota::server_full;
  const bool is_visitor = kind == NameKind::visitor;
  if (is_visitor && held_by_visitors_ + count > options_.visitors_max) return Quota::visitors_full;
  if (is_metered(kind) && held == 0 && free_meters_of(kind).empty())
    return is_visitor ? Quota::visitors_full : Quota::server_full;
  for (std::uint32_t taken = 0; taken < count; ++taken) claim(tenant, now);
  return Quota::granted;
}

std::uint32_t Places::lacking(const Tenant& tenant, std::uint32_t count) const {
  const std::uint32_t held = held_by(tenant.user_id);
  const std::uint32_t max = max_of(tenant.kind);
  return fits(held, count, max) || count > max ? 0 : held + count - max;
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
}

void Places::give_back(const std::string& user_id) {
  const auto found = accounts_.find(user_id);
  TURNPIKE_CHECK(found != accounts_.end());
  Account& account = found->second;
  --held_;
  if (account.kind == NameKind::visitor) --held_by_visitors_;
  if (--account.held > 0) return;
  if (account.meter != 0) free_meters_of(account.kind).push_back(account.meter);
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

std::vector<Holder> Places::holders() const {
  std::vector<Holder> holders;
  holders.reserve(accounts_.size());
  for (const auto& [user_id, account] : accounts_) holders.push_back({user_id, account.granted});
  return holders;
}

}  // namespace turnpike::turn
