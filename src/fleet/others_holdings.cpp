#include "turnpike/fleet/others_holdings.hpp"

#include <algorithm>

namespace turnpike::fleet {
namespace {

constexpr Duration kAskEvery = std::chrono::seconds(1);
constexpr unsigned kDoublingsMax = 3;
constexpr std::size_t kAskedMax = 256;  // nodes in a tick

}  // namespace

OthersHoldings::OthersHoldings(Kind kind, const Keys& keys, const Seal& seal, std::size_t rows_max)
    : kind_(kind), keys_(keys), seal_(seal), rows_max_(rows_max) {}

// Of a node that has never told anything, nothing is missing.
bool OthersHoldings::Peer::is_complete() const {
  if (wanted == 0) return true;
  return !read_until.empty() &&
         std::ranges::all_of(read_until, [&](std::uint64_t until) { return until > wanted; });
}

OthersHoldings::Peer* OthersHoldings::find(std::string_view node_id) {
  const auto found = peers_.find(node_id);
  return found == peers_.end() ? nullptr : found->second.get();
}

// A node's messages come in their order: what its heartbeat counts and was not heard is missing.
void OthersHoldings::on_heartbeat(const std::string& node_id, std::uint64_t seq) {
  auto& peer = peers_[node_id];
  if (peer == nullptr) peer = std::make_unique<Peer>(Peer{.node_id = node_id});
  if (seq > peer->seq) {
    peer->wanted = peer->seq = seq;
    may_lack_ = true;
  }
  if (peer->tries > 0) peer->asked = {};  // it lives, so by now its table may be there
  peer->tries = 0;
}

void OthersHoldings::on_gone(std::string_view node_id) {
  const auto found = peers_.find(node_id);
  if (found == peers_.end()) return;
  Peer& peer = *found->second;
  while (!peer.amounts.empty()) drop(peer, peer.amounts.begin()->first);
  peers_.erase(found);
  tell_changed();
}

void OthersHoldings::on_connected() {
  may_lack_ = true;
  for (auto& [node_id, peer] : peers_) {
    peer->read_until.clear();
    peer->wanted = peer->seq;
    peer->asked = {};
    peer->tries = 0;
  }
}

const HoldingsRecord* OthersHoldings::read(std::string_view record, HoldingsRecord& out) {
  const auto payload = seal_.open(kind_, record);
  if (!payload) {
    faults_.add(payload.error());
    return nullptr;
  }
  auto holdings = read_holdings(*payload);
  if (!holdings) {
    faults_.add(holdings.error());
    return nullptr;
  }
  out = std::move(*holdings);
  return &out;
}

void OthersHoldings::on_message(std::string_view message) {
  HoldingsRecord record;
  if (read(message, record) == nullptr) return;
  Peer* peer = find(record.node_id);
  if (peer != nullptr && !record.is_full) apply_changes(*peer, record);
  tell_changed();
}

void OthersHoldings::on_entry(const Entry& entry) {
  HoldingsRecord record;
  if (read(entry.value, record) == nullptr) return;
  const std::string tail = ":" + record.node_id + ":" + std::to_string(record.part);
  if (!record.is_full || !entry.key.ends_with(tail)) return faults_.add(RecordFault::misplaced);
  Peer* peer = find(record.node_id);
  if (peer != nullptr && !peer->is_complete()) apply_part(*peer, record);
  tell_changed();
}

void OthersHoldings::apply_changes(Peer& peer, const HoldingsRecord& record) {
  if (record.seq <= peer.seq) return;
  if (record.seq > peer.seq + 1) {
    peer.wanted = record.seq - 1;
    may_lack_ = true;
  }
  peer.seq = record.seq;
  for (const Row& row : record.rows) put(peer, row, record.seq);
}

// What has changed since it was written stays.
void OthersHoldings::apply_part(Peer& peer, const HoldingsRecord& record) {
  if (peer.read_until.size() != record.parts) {
    peer.read_until.assign(record.parts, 0);
    peer.asked = {};
    peer.tries = 0;
  }
  std::vector<Who> old;
  for (const auto& [who, amount] : peer.amounts) {
    if (amount.seq <= record.seq && part_of(who, record.parts) == record.part) old.push_back(who);
  }
  for (const Who who : old) drop(peer, who);
  for (const Row& row : record.rows) {
    if (row.amount != 0 && !peer.amounts.contains(row.who)) put(peer, row, record.seq);
  }
  auto& read_until = peer.read_until[record.part];
  read_until = std::max(read_until, record.seq + 1);
  const std::uint64_t all_until = *std::ranges::min_element(peer.read_until);
  if (all_until > 0) peer.seq = std::max(peer.seq, all_until - 1);
  if (peer.is_complete()) drop_zeros(peer);
}

// While everything is still to be read, a row of nothing is kept: what is read then may be older.
void OthersHoldings::put(Peer& peer, const Row& row, std::uint64_t seq) {
  if (changed_) touched_.push_back(row.who);
  const auto found = peer.amounts.find(row.who);
  if (row.amount == 0 && peer.is_complete()) {
    if (found != peer.amounts.end()) drop(peer, row.who);
    return;
  }
  if (found != peer.amounts.end()) {
    found->second = {row.amount, seq};
    return;
  }
  if (rows_ >= rows_max_) {
    ++refused_;
    return;
  }
  peer.amounts.emplace(row.who, Amount{row.amount, seq});
  holders_[row.who].push_back(&peer);
  ++rows_;
}

void OthersHoldings::drop(Peer& peer, Who who) {
  if (changed_) touched_.push_back(who);
  peer.amounts.erase(who);
  unlink(peer, who);
  --rows_;
}

void OthersHoldings::unlink(const Peer& peer, Who who) {
  const auto holders = holders_.find(who);
  std::erase(holders->second, &peer);
  if (holders->second.empty()) holders_.erase(holders);
}

// Not in between: what is read anew is dropped before it is put.
void OthersHoldings::tell_changed() {
  for (const Who who : std::exchange(touched_, {})) changed_(who, sum(std::span(&who, 1)));
}

void OthersHoldings::drop_zeros(Peer& peer) {
  std::vector<Who> zeros;
  for (const auto& [who, amount] : peer.amounts) {
    if (amount.amount == 0) zeros.push_back(who);
  }
  for (const Who who : zeros) drop(peer, who);
}

// How many parts there are, the first one says.
void OthersHoldings::tick(TimePoint now) {
  if (!may_lack_) return;
  may_lack_ = false;
  std::size_t asked = 0;
  for (auto& [node_id, peer] : peers_) {
    if (peer->is_complete()) continue;
    may_lack_ = true;
    const Duration wait = kAskEvery * (1U << std::min(std::max(peer->tries, 1U) - 1, kDoublingsMax));
    if (now - peer->asked < wait) continue;
    if (++asked > kAskedMax) return;
    ++peer->tries;
    Read read;
    for (const std::string& prefix : keys_.prefixes(kind_)) {
      for (std::size_t part = 0; part < std::max<std::size_t>(peer->read_until.size(), 1); ++part)
        read.keys.push_back(prefix + node_id + ":" + std::to_string(part));
    }
    commands_.emplace_back(std::move(read));
    peer->asked = now;
  }
}

std::uint64_t OthersHoldings::sum(std::span<const Who> digests) const {
  std::uint64_t sum = 0;
  for (const Held& each : held(digests)) sum += each.amount;
  return sum;
}

std::vector<OthersHoldings::Held> OthersHoldings::held(std::span<const Who> digests) const {
  std::vector<Held> held;
  for (const Who who : digests) {
    const auto found = holders_.find(who);
    if (found == holders_.end()) continue;
    for (const Peer* peer : found->second) {
      if (const std::uint32_t amount = peer->amounts.at(who).amount; amount != 0)
        held.push_back({peer->node_id, amount});
    }
  }
  return held;
}

bool OthersHoldings::is_complete() const {
  return std::ranges::all_of(peers_, [](const auto& each) { return each.second->is_complete(); });
}

}  // namespace turnpike::fleet
