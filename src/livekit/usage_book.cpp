#include "turnpike/livekit/usage_book.hpp"

#include <algorithm>
#include <map>
#include <unordered_set>
#include <utility>

namespace turnpike::livekit {
namespace {

constexpr Duration kRatedMin = std::chrono::seconds(1);

std::uint64_t bytes_of(const relay::Traffic& traffic) {
  return traffic.bytes_from_client + traffic.bytes_to_client;
}

Usage usage_of(const relay::AllocationUsage& allocation, bool is_live) {
  return {is_live ? 1U : 0U, 1, allocation.since, allocation.traffic, 0};
}

void drop(std::vector<relay::AllocationUsage>& live, const std::vector<relay::AllocationUsage>& ended) {
  std::vector<relay::AllocationId> ids;
  for (const auto& each : ended) ids.push_back(each.allocation);
  std::ranges::sort(ids);
  std::erase_if(live, [&](const auto& each) { return std::ranges::binary_search(ids, each.allocation); });
}

}  // namespace

UsageBook::UsageBook(FindRoom find_room, const UsageBookOptions& options)
    : find_room_(std::move(find_room)), options_(options), left_(options.rooms_max) {}

UsageBook::Account* UsageBook::account_of(const std::string& user_id) {
  const auto found = accounts_.find(user_id);
  if (found != accounts_.end()) return &found->second;
  return accounts_.size() < options_.accounts_max ? &accounts_[user_id] : nullptr;
}

void UsageBook::apply(relay::UsageReport report) {
  auto& live = live_[report.worker];
  if (report.live) {
    live = std::move(*report.live);
  } else {
    drop(live, report.ended);
  }
  for (const relay::AllocationUsage& each : report.ended) {
    if (Account* account = account_of(each.user_id)) account->ended += usage_of(each, false);
  }
}

void UsageBook::settle(TimePoint now) {
  for (auto& [user_id, account] : accounts_) {
    account.live = {};
    account.transports.clear();
  }
  for (const auto& [worker, allocations] : live_) {
    for (const relay::AllocationUsage& each : allocations) {
      Account* account = account_of(each.user_id);
      if (account == nullptr) continue;
      account->live += usage_of(each, true);
      auto& transports = account->transports;
      if (std::ranges::find(transports, each.transport) == transports.end())
        transports.push_back(each.transport);
    }
  }
  for (auto& [user_id, account] : accounts_) {
    account.where = find_room_(user_id).value_or(Membership{});
    rate(account, now);
    std::ranges::sort(account.transports);
  }
  std::erase_if(accounts_, [](const auto& entry) {
    return entry.second.live.allocations == 0 && entry.second.where == Membership{};
  });
}

void UsageBook::rate(Account& account, TimePoint now) {
  const Usage usage = account.usage();
  if (account.rated_at == TimePoint::max()) account.rated_at = usage.since;
  const Duration elapsed = now - account.rated_at;
  if (elapsed < kRatedMin) return;
  const std::uint64_t bytes = bytes_of(usage.traffic);
  const double seconds = std::chrono::duration<double>(elapsed).count();
  account.bits_per_second =
      static_cast<std::uint64_t>(8 * static_cast<double>(bytes - account.rated_bytes) / seconds);
  account.rated_at = now;
  account.rated_bytes = bytes;
}

Usage UsageBook::Account::usage() const {
  Usage sum = ended;
  sum += live;
  sum.bits_per_second = bits_per_second;
  return sum;
}

UsageView UsageBook::view() const {
  UsageView view;
  std::map<std::string, RoomUsage> rooms;
  for (const auto& [name, left] : left_) rooms[name] = {name, left.participants, left.usage};
  for (const auto& [user_id, account] : accounts_) {
    const auto& [room_name, identity] = account.where;
    if (room_name.empty()) {
      view.others.push_back({user_id, "", account.transports, account.usage()});
      continue;
    }
    RoomUsage& room = rooms.try_emplace(room_name, RoomUsage{room_name}).first->second;
    room.participants.push_back({user_id, identity, account.transports, account.usage()});
    room.usage += account.usage();
  }
  for (auto& [name, room] : rooms) {
    std::ranges::sort(room.participants, {}, &ParticipantUsage::user_id);
    view.rooms.push_back(std::move(room));
  }
  std::ranges::sort(view.others, {}, &ParticipantUsage::user_id);
  return view;
}

UsageBook::Counts UsageBook::counts() const {
  std::unordered_set<std::string_view> rooms;
  std::size_t participants = 0;
  for (const auto& [user_id, account] : accounts_) {
    if (account.live.allocations == 0 || account.where.room_name.empty()) continue;
    rooms.insert(account.where.room_name);
    ++participants;
  }
  return {rooms.size(), participants};
}

std::vector<std::string> UsageBook::relaying() const {
  std::vector<std::string> users;
  for (const auto& [user_id, account] : accounts_) {
    if (account.live.allocations > 0) users.push_back(user_id);
  }
  return users;
}

std::optional<ParticipantUsage> UsageBook::close_participant(const std::string& user_id,
                                                             const Membership& was) {
  const auto found = accounts_.find(user_id);
  if (found == accounts_.end()) return std::nullopt;
  const Usage usage = found->second.ended;
  accounts_.erase(found);
  if (usage.allocations_total == 0) return std::nullopt;
  if (!was.room_name.empty()) {
    const Left* before = left_.find(was.room_name);
    Left left = before == nullptr ? Left{} : *before;
    ++left.participants;
    left.usage += usage;
    left_.put(was.room_name, std::move(left));
  }
  return ParticipantUsage{user_id, was.identity, {}, usage};
}

std::optional<RoomUsage> UsageBook::close_room(const std::string& name) {
  const auto left = left_.take(name);
  if (!left) return std::nullopt;
  return RoomUsage{name, left->value.participants, left->value.usage};
}

}  // namespace turnpike::livekit
