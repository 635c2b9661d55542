// A small number for each room whose users have meters, for the rooms' byte budgets.
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
// until it is moved, also while nobody has it. Not thread-safe.
class RoomNumbers {
 public:
  // The number of the room that this meter's user is in from now on; 0 for "", which is none.
  relay::RoomNumber move(relay::MeterId meter, const std::string& room_name);
  std::size_t size() const { return rooms_.size(); }
  // Whose number that is; empty: nobody's. Until the next move().
  std::string_view name_of(relay::RoomNumber number) const;
  // No room has a greater number, nor had one.
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
