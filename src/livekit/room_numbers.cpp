#include "turnpike/livekit/room_numbers.hpp"

namespace turnpike::livekit {

relay::RoomNumber RoomNumbers::move(relay::MeterId meter, const std::string& room_name) {
  leave(meter);
  if (room_name.empty()) return 0;
  room_of_.emplace(meter, room_name);
  Room& room = rooms_[room_name];
  if (room.meters++ > 0) return room.number;
  if (free_.empty()) return room.number = next_++;
  room.number = free_.back();
  free_.pop_back();
  return room.number;
}

void RoomNumbers::leave(relay::MeterId meter) {
  const auto before = room_of_.find(meter);
  if (before == room_of_.end()) return;
  const auto room = rooms_.find(before->second);
  if (--room->second.meters == 0) {
    free_.push_back(room->second.number);
    rooms_.erase(room);
  }
  room_of_.erase(before);
}

}  // namespace turnpike::livekit
