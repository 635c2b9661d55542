#include "turnpike/fleet/own_holdings.hpp"

#include <utility>
#include <vector>

namespace turnpike::fleet {
namespace {

constexpr Duration kFullLife = 3 * kFullEvery;
constexpr std::size_t kChangesKept = kRowsMax;  // while Redis is away: what one message tells

}  // namespace

OwnHoldings::OwnHoldings(Kind kind, const Keys& keys, const Seal& seal, std::string node_id,
                         std::size_t rows_max)
    : kind_(kind), keys_(keys), seal_(seal), node_id_(std::move(node_id)), rows_max_(rows_max) {}

void OwnHoldings::set(Who who, std::uint32_t amount) {
  const auto found = amounts_.find(who);
  if (amount == (found == amounts_.end() ? 0 : found->second)) return;
  if (amount == 0) {
    amounts_.erase(found);
  } else if (found != amounts_.end()) {
    found->second = amount;
  } else if (amounts_.size() < rows_max_) {
    amounts_.emplace(who, amount);
  } else {
    ++refused_;
    return;
  }
  changed_.insert(who);
  if (is_connected_ || changed_.size() <= kChangesKept) return;
  changed_.clear();
  has_missed_ = true;
}

std::uint32_t OwnHoldings::amount_of(Who who) const {
  const auto found = amounts_.find(who);
  return found == amounts_.end() ? 0 : found->second;
}

void OwnHoldings::on_connected(TimePoint now) {
  is_connected_ = true;
  if (seq_ == 0 && amounts_.empty()) return;  // nobody reads of a table that has never had anything
  if (std::exchange(has_missed_, false) || seq_ == 0) {
    changed_.clear();
    ++seq_;
  }
  write_full(now);
}

void OwnHoldings::on_disconnected() {
  is_connected_ = false;
  commands_.clear();
}

void OwnHoldings::tick(std::size_t nodes, TimePoint now) {
  if (!is_connected_) return;
  if (!changed_.empty() && now - told_ >= publish_gap(nodes)) tell_changes(now);
  const bool is_stale = is_full_wanted_ && now - full_ >= std::chrono::seconds(1) && written_ != seq_;
  const bool is_due = seq_ > 0 && now - full_ >= kFullEvery;
  if (is_stale || is_due) write_full(now);
  if (now - full_ >= std::chrono::seconds(1) || written_ == seq_) is_full_wanted_ = false;
}

void OwnHoldings::tell_changes(TimePoint now) {
  HoldingsRecord record{.node_id = node_id_, .seq = ++seq_};
  while (!changed_.empty() && record.rows.size() < kRowsMax) {
    const Who who = *changed_.begin();
    changed_.erase(changed_.begin());
    record.rows.push_back({who, amount_of(who)});
  }
  commands_.emplace_back(Publish{keys_.channel(kind_), seal_.close(kind_, write_holdings(record))});
  told_ = now;
}

void OwnHoldings::write_full(TimePoint now) {
  const std::size_t parts = parts_for(amounts_.size());
  std::vector<HoldingsRecord> records(parts);
  for (std::size_t part = 0; part < parts; ++part) {
    records[part] = {.node_id = node_id_,
                     .seq = seq_,
                     .is_full = true,
                     .part = static_cast<std::uint32_t>(part),
                     .parts = static_cast<std::uint32_t>(parts)};
  }
  for (const auto& [who, amount] : amounts_) {
    auto& rows = records[part_of(who, parts)].rows;
    if (rows.size() < kRowsMax) rows.push_back({who, amount});
  }
  for (std::size_t part = 0; part < parts; ++part) {
    commands_.emplace_back(Write{keys_.holdings(kind_, node_id_, part),
                                 seal_.close(kind_, write_holdings(records[part])), kFullLife});
  }
  written_ = seq_;
  full_ = now;
}

}  // namespace turnpike::fleet
