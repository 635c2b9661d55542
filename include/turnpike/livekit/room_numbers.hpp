// Gives a small number to each room whose users have meters, for the byte budgets of rooms.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "turnpike/relay/meter.hpp"
#include "turnpike/relay/route.hpp"

namespace turnpike::livekit {

// Numbers begin at 1 and are used again, so none is greater than the number of meters. A meter keeps its room
// until it is moved, even while no user has the meter. Not thread-safe.
class RoomNumbers {
 public:
  // Moves a meter's user to a room and returns the room's number; 0 for "", which is no room.
  relay::RoomNumber move(relay::MeterId meter, const std::string& room_name);
  std::size_t size() const { return rooms_.size(); }
  // Returns the name of the room with this number, "" if there is none; valid until the next move().
  std::string_view name_of(relay::RoomNumber number) const;
  // Returns the greatest number that any room has or had.
  relay::RoomNumber greatest() const { return next_ - 1; }

 private:
  struct Room {
    relay::RoomNumber number = 0;
    std::size_t meters = 0;
  };

  void leave(relay::MeterId meter);

  std::unordered_map<std::string, Room> rooms_;  // by name
  std::unordered_map<relay::MeterId, std::string> room_of_;
  std::vector<const std::string*> names_;  // keys of rooms_, by number less one
  std::vector<relay::RoomNumber> free_;
  relay::RoomNumber next_ = 1;
};

}  // namespace turnpike::livekit
