#include "turnpike/node/budget_shares.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

namespace turnpike::node {
namespace {

constexpr double kLooksLeast_s = 0.9;  // what a newcomer took in a part of a second is no more a second

}  // namespace

relay::Share share_for(std::uint64_t rate, std::uint64_t limit) {
  if (rate >= limit) return 0;
  const double part = static_cast<double>(rate) / static_cast<double>(limit) * relay::kWhole;
  return static_cast<relay::Share>(std::clamp(std::round(part), 1.0, relay::kWhole - 1.0));
}

void BudgetShares::assign(std::uint32_t id, std::string_view name, TimePoint now) {
  if (id >= rows_.size()) {
    if (name.empty()) return;
    rows_.resize(std::size_t{id} + 1);
  }
  Row& row = rows_[id];
  if (row.name == name) return;
  give(id, row, 0);
  row = {};
  if (name.empty()) return;
  row = {std::string(name), shared_.digests_of(name), budgets_.taken(id, now).bytes, now};
}

void BudgetShares::release() {
  for (std::size_t id = 0; id < rows_.size(); ++id) give(static_cast<std::uint32_t>(id), rows_[id], 0);
  rows_.clear();
}

void BudgetShares::tick(std::size_t nodes, TimePoint now) {
  for (std::size_t id = next_; id < rows_.size(); id += kTicks) {
    if (!rows_[id].name.empty()) look(static_cast<std::uint32_t>(id), rows_[id], nodes, now);
  }
  next_ = (next_ + 1) % kTicks;
  if (next_ == 0) shared_.remember(nodes);
}

void BudgetShares::look(std::uint32_t id, Row& row, std::size_t nodes, TimePoint now) {
  note(row, budgets_.taken(id, now), nodes, now);
  if (row.share == 0 && shared_.others().rows() == 0) return;
  give(id, row, share_for(shared_.rate_of(row.digests), shared_.limit()));
}

// Of most users there is nothing to note, for they use little.
void BudgetShares::note(Row& row, const relay::Taken& taken, std::size_t nodes, TimePoint now) {
  using Seconds = std::chrono::duration<double>;
  const double lasted_s = std::max(Seconds(now - row.looked_at).count(), kLooksLeast_s);
  const auto per_second = static_cast<std::uint64_t>(static_cast<double>(taken.bytes - row.bytes) / lasted_s);
  row.bytes = taken.bytes;
  row.looked_at = now;
  const bool is_worth_it =
      per_second >= std::max<std::uint64_t>(shared_.little(nodes), 1) || taken.is_nearly_all;
  if (is_worth_it) shared_.note_used(row.digests, per_second, nodes, taken.is_nearly_all);
}

void BudgetShares::give(std::uint32_t id, Row& row, relay::Share share) {
  if (row.share == share) return;
  if (row.share == 0) ++reduced_;
  if (share == 0) --reduced_;
  row.share = share;
  budgets_.set_share(id, share);
}

}  // namespace turnpike::node
