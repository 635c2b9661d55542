#include "turnpike/node/shared_quotas.hpp"

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

namespace turnpike::node {
namespace {

// Until all nodes have heard of what was granted when this was, however slow Redis is in its good times.
constexpr Duration kSettled = std::chrono::seconds(2);
// Twice the way there and back, when nothing is slow; and what is asked for in vain is not asked for at once.
constexpr Duration kWishLasts = std::chrono::seconds(1);
constexpr Duration kWishedOnceIn = std::chrono::seconds(10);
constexpr std::size_t kWishesMax = 64;
constexpr std::uint64_t kWishedMax = 1024;  // places
constexpr Duration kTick = std::chrono::milliseconds(100);

BudgetShares::Budgets of_users(relay::Meters& meters) {
  return {[&meters](std::uint32_t meter, TimePoint now) { return meters.taken_by(meter, now); },
          [&meters](std::uint32_t meter, relay::Share share) { meters.set_share_of_user(meter, share); }};
}

BudgetShares::Budgets of_rooms(relay::Meters& meters) {
  return {[&meters](std::uint32_t room, TimePoint now) { return meters.taken_in(room, now); },
          [&meters](std::uint32_t room, relay::Share share) { meters.set_share_of_room(room, share); }};
}

}  // namespace

SharedQuotas::Joined::Joined(fleet::Fleet& with, relay::Meters& meters)
    : fleet(with),
      user_shares(with.user_budgets(), of_users(meters)),
      room_shares(with.room_budgets(), of_rooms(meters)) {}

SharedQuotas::SharedQuotas(std::function<fleet::Fleet&()> fleet, turn::Ledger& ledger, relay::Meters& meters,
                           Rooms rooms, Ends ends, const QuotaLimits& limits)
    : fleet_(std::move(fleet)),
      ledger_(ledger),
      meters_(meters),
      rooms_(std::move(rooms)),
      ends_(std::move(ends)),
      limits_(limits) {
  ledger_.count_elsewhere(elsewhere_);
}

void SharedQuotas::set_limits(const QuotaLimits& limits) {
  limits_ = limits;
  fresh_.clear();
  if (joined_) heed_limits();
}

void SharedQuotas::heed_limits() {
  joined_->fleet.user_budgets().set_limit(limits_.bytes_per_second_per_user);
  joined_->fleet.room_budgets().set_limit(limits_.bytes_per_second_per_room);
  meters_.count_taken(limits_.bytes_per_second_per_user != 0 || limits_.bytes_per_second_per_room != 0);
}

// The fleet before may still hear of others for a moment, which is no news any more; and it may be gone.
void SharedQuotas::join() {
  fleet::Fleet& fleet = fleet_();
  elsewhere_.begin(fleet.places().seal());
  token_ = std::make_shared<int>();
  fleet.places().others().watch([this, token = std::weak_ptr(token_)](fleet::Who who, std::uint64_t sum) {
    if (!token.expired()) on_sum(who, sum);
  });
  joined_.emplace(fleet, meters_);
  ledger_.watch_holdings(true);
  heed_limits();
}

void SharedQuotas::on_sum(fleet::Who who, std::uint64_t sum) {
  elsewhere_.set(who, sum);
  const auto wish = wishes_of_others_.find(who);
  if (wish == wishes_of_others_.end() || sum == 0) return;
  ends_.silent(wish->second, static_cast<std::uint32_t>(std::min<std::uint64_t>(sum, kWishedMax)));
}

void SharedQuotas::make_room(const std::string& user_id, std::uint32_t places, std::function<void()> done,
                             TimePoint now) {
  const std::uint32_t elsewhere = elsewhere_.places_of(user_id);
  const bool may_ask =
      joined_ && joined_->fleet.is_connected() && elsewhere != 0 && wishes_.size() < kWishesMax;
  if (!may_ask || wishes_.contains(user_id)) return done();
  fleet::SharedPlaces& shared = joined_->fleet.places();
  Wish wish{shared.wishes_of(user_id), elsewhere, places, now, std::move(done)};
  shared.wish(wish.wishes, places);
  wishes_.emplace(user_id, std::move(wish));
}

void SharedQuotas::settle_wishes(TimePoint now) {
  for (auto each = wishes_.begin(); each != wishes_.end();) {
    auto& [user_id, wish] = *each;
    const bool is_granted = wish.done && elsewhere_.places_of(user_id) + wish.places <= wish.elsewhere;
    if (wish.done && (is_granted || now - wish.said >= kWishLasts)) {
      joined_->fleet.places().wish(wish.wishes, 0);
      std::exchange(wish.done, nullptr)();
    }
    each = now - wish.said >= kWishedOnceIn ? wishes_.erase(each) : std::next(each);
  }
}

void SharedQuotas::renew() {
  if (!joined_) return;
  token_.reset();
  elsewhere_.end();
  joined_->user_shares.release();
  joined_->room_shares.release();
  joined_.reset();
  forget_users();
  was_connected_ = false;
  ledger_.watch_holdings(false);
  meters_.count_taken(false);
}

void SharedQuotas::forget_users() {
  users_.clear();
  wishes_of_others_.clear();
  fresh_.clear();
  for (auto& [user_id, wish] : std::exchange(wishes_, {})) {
    if (wish.done) wish.done();
  }
}

void SharedQuotas::tick(const Now& now) {
  if (!joined_) join();
  take_changes(now.monotonic);
  settle_wishes(now.monotonic);
  give_back_what_is_too_much(now.monotonic);
  joined_->user_shares.tick(joined_->fleet.nodes(), now.monotonic);
  tick_rooms(now.monotonic);
  was_connected_ = joined_->fleet.is_connected();
}

// Meters are given up first, for somebody else may have them by now.
void SharedQuotas::take_changes(TimePoint now) {
  turn::HoldingChanges changes = ledger_.take_holding_changes();
  if (changes.are_all) {
    for (const auto& [user_id, user] : users_) changes.holdings.try_emplace(user_id);
  }
  for (const auto& [user_id, holding] : changes.holdings) {
    const auto found = users_.find(user_id);
    const relay::MeterId before = found == users_.end() ? 0 : found->second.holding.meter;
    if (before != 0 && before != holding.meter) joined_->user_shares.assign(before, "", now);
  }
  for (const auto& [user_id, holding] : changes.holdings) apply(user_id, holding, now);
}

void SharedQuotas::apply(const std::string& user_id, const turn::Holding& holding, TimePoint now) {
  auto found = users_.find(user_id);
  if (found == users_.end()) {
    if (holding.places == 0) return;
    const fleet::SharedPlaces& shared = joined_->fleet.places();
    found = users_.emplace(user_id, User{{}, shared.digests_of(user_id), shared.wishes_of(user_id)}).first;
    for (const fleet::Who who : found->second.wishes) wishes_of_others_.emplace(who, user_id);
  }
  User& user = found->second;
  const turn::Holding before = std::exchange(user.holding, holding);
  note_fresh(user_id, before.places, holding.places, now);
  joined_->fleet.places().hold(user.digests, holding.places);
  if (holding.meter != 0) joined_->user_shares.assign(holding.meter, user_id, now);
  if (holding.places != 0) return;
  for (const fleet::Who who : user.wishes) wishes_of_others_.erase(who);
  users_.erase(found);
}

// While Redis is away nobody knows better, and what was granted then stays.
void SharedQuotas::note_fresh(const std::string& user_id, std::uint32_t before, std::uint32_t after,
                              TimePoint now) {
  if (after > before && was_connected_) {
    Fresh& fresh = fresh_.try_emplace(user_id, Fresh{0, now - kTick}).first->second;
    fresh.places += after - before;
  } else if (const auto found = fresh_.find(user_id); found != fresh_.end() && after < before) {
    found->second.places -= std::min(found->second.places, before - after);
    if (found->second.places == 0) fresh_.erase(found);
  }
}

// Only of what is fresh: whatever else is the reason why a user has too much, an outage or other limits on
// other nodes, ends no call.
void SharedQuotas::give_back_what_is_too_much(TimePoint now) {
  const bool is_known = joined_->fleet.is_connected() && joined_->fleet.places().others().is_complete();
  for (auto each = fresh_.begin(); each != fresh_.end();) {
    const auto& [user_id, fresh] = *each;
    if (now - fresh.since < kSettled) {
      ++each;
      continue;
    }
    const User& user = users_.at(user_id);
    const std::uint32_t limit = limit_of(user.holding.kind);
    const std::uint32_t places =
        is_known ? std::min(fresh.places, joined_->fleet.places().to_give_back(user.digests, limit)) : 0;
    given_back_ += places;
    if (places != 0) ends_.latest({user_id, places, fresh.since});
    each = fresh_.erase(each);
  }
}

std::uint32_t SharedQuotas::limit_of(turn::NameKind kind) const {
  return kind == turn::NameKind::shared ? limits_.places_per_shared_user : limits_.places_per_user;
}

// Rooms come and go without a word: those that this tick looks at are asked for.
void SharedQuotas::tick_rooms(TimePoint now) {
  const relay::RoomNumber greatest = rooms_.greatest();
  for (std::size_t number = joined_->room_shares.next(); number <= greatest; number += BudgetShares::kTicks) {
    const auto room = static_cast<relay::RoomNumber>(number);
    if (number != 0) joined_->room_shares.assign(room, rooms_.name_of(room), now);
  }
  joined_->room_shares.tick(joined_->fleet.nodes(), now);
}

SharedQuotas::Counts SharedQuotas::counts() const {
  Counts counts{.users_elsewhere = elsewhere_.size(), .given_back = given_back_};
  if (!joined_) return counts;
  counts.users_sharing = joined_->user_shares.shared();
  counts.rooms_sharing = joined_->room_shares.shared();
  return counts;
}

}  // namespace turnpike::node
