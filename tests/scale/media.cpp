// Packets of rooms, as many as their budgets let through.
#include "media.hpp"

#include <algorithm>

namespace turnpike::scale {

Media::Media(fleet::SharedBudgets& shared)
    : meters_(0, kRoomsMax, shared.limit()),
      shares_(shared,
              {[this](std::uint32_t room, TimePoint now) { return meters_.taken_in(room, now); },
               [this](std::uint32_t room, relay::Share share) { meters_.set_share_of_room(room, share); }}) {
  if (shared.limit() != 0) meters_.count_taken(true);
}

bool Media::talk(std::string_view room, std::uint64_t bytes_per_second) {
  if (talks_.size() == kRoomsMax) return false;
  talks_.push_back({std::string(room), bytes_per_second});
  return true;
}

void Media::tick(std::size_t nodes, TimePoint now) {
  if (talks_.empty()) return;
  for (std::size_t i = 0; i < talks_.size(); ++i) {
    Talk& talk = talks_[i];
    const auto number = static_cast<std::uint32_t>(i + 1);
    shares_.assign(number, talk.room, now);
    meters_.put_in_room(number, number);
    for (talk.owed += talk.bytes_per_second / 10; talk.owed >= kPacketBytes; talk.owed -= kPacketBytes) {
      if (meters_.admit(number, kPacketBytes, now)) talk.relayed += kPacketBytes;
    }
  }
  shares_.tick(nodes, now);
}

std::uint64_t Media::relayed(std::string_view room) const {
  const auto found = std::ranges::find(talks_, room, &Talk::room);
  return found == talks_.end() ? 0 : found->relayed;
}

}  // namespace turnpike::scale
