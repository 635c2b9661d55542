#include "turnpike/livekit/room_numbers.hpp"

namespace turnpike::livekit {

relay::RoomNumber RoomNumbers::move(relay::MeterId meter, const std::string& room_name) {
  leave(meter);
  if (room_name.empty()) return 0;
  room_of_.emplace(meter, room_name);
  auto& [name, room] = *rooms_.try_emplace(room_name).first;
  if (room.meters++ > 0) return room.number;
  if (free_.empty()) {
    room.number = next_++;
    names_.push_back(&name);
    return room.number;
  }
  room.number = free_.back();
  free_.pop_back();
  names_[room.number - 1] = &name;
  return room.number;
}

std::string_view RoomNumbers::name_of(relay::RoomNumber number) const {
  const bool is_one = number >= 1 && number <= names_.size() && names_[number - 1] != nullptr;
  return is_one ? std::string_view(*names_[number - 1]) : std::string_view();
}

void RoomNumbers::leave(relay::MeterId meter) {
  const auto before = room_of_.find(meter);
  if (before == room_of_.end()) return;
  const auto room = rooms_.find(before->second);
  if (--room->second.meters == 0) {
    free_.push_back(room->second.number);
    names_[room->second.number - 1] = nullptr;
    rooms_.erase(room);
  }
  room_of_.erase(before);
}

}  // namespace turnpike::livekit
