#include "turnpike/fleet/membership.hpp"

#include <algorithm>
#include <utility>

namespace turnpike::fleet {

bool Membership::on_record(NodeRecord record, TimePoint heard, TimePoint now) {
  if (record.id == self_id_) return false;
  heard = std::min(heard, now);
  auto found = members_.find(record.id);
  if (found != members_.end() && record.seq <= found->second.record.seq) return false;
  if (found == members_.end() && members_.size() >= members_max_ && !make_room()) {
    ++refused_;
    return false;
  }
  if (found == members_.end()) found = members_.emplace(record.id, Member{}).first;
  Member& member = found->second;
  const bool is_leaving = record.is_leaving;
  member.record = std::move(record);
  member.heard = heard;
  if (is_leaving) {
    end(member, Passage::left);
  } else if (!member.is_live && now - heard < kGoneAfter) {
    member.is_live = true;
    ++live_;
    next_expiry_ = std::min(next_expiry_, heard + kGoneAfter);
    passings_.push_back({member.record.id, Passage::came});
  }
  return true;
}

void Membership::expire(TimePoint now) {
  if (now < next_expiry_) return;
  next_expiry_ = TimePoint::max();
  for (auto& [node_id, member] : members_) {
    if (now - member.heard >= kGoneAfter) end(member, Passage::lost);
    if (member.is_live) next_expiry_ = std::min(next_expiry_, member.heard + kGoneAfter);
  }
}

void Membership::end(Member& member, Passage passage) {
  if (!member.is_live) return;
  member.is_live = false;
  --live_;
  passings_.push_back({member.record.id, passage});
}

// Of the gone, the one that was heard of first.
bool Membership::make_room() {
  auto first = members_.end();
  for (auto each = members_.begin(); each != members_.end(); ++each) {
    if (!each->second.is_live && (first == members_.end() || each->second.heard < first->second.heard))
      first = each;
  }
  if (first == members_.end()) return false;
  members_.erase(first);
  return true;
}

const Member* Membership::find_live(std::string_view node_id) const {
  const auto found = members_.find(node_id);
  return found == members_.end() || !found->second.is_live ? nullptr : &found->second;
}

std::vector<const NodeRecord*> Membership::live() const { return heard_since(TimePoint::min()); }

std::vector<const NodeRecord*> Membership::heard_since(TimePoint since) const {
  std::vector<const NodeRecord*> found;
  found.reserve(live_);
  for (const auto& [node_id, member] : members_) {
    if (member.is_live && member.heard >= since) found.push_back(&member.record);
  }
  return found;
}

}  // namespace turnpike::fleet
