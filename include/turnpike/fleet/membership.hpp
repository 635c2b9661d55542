// Which nodes there are: who is heard of lives, and who was not for 15 seconds is gone.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "turnpike/base/time.hpp"
#include "turnpike/fleet/node_record.hpp"

namespace turnpike::fleet {

struct Member {
  NodeRecord record;
  TimePoint heard;  // by the reader's clock
  bool is_live = false;
};

enum class Passage : std::uint8_t { came, left, lost };

// For the log: who came, said goodbye, or was not heard of any more.
struct Passing {
  std::string node_id;
  Passage passage;

  bool operator==(const Passing&) const = default;
};

// Clocks of nodes differ, so none is compared with another: a node lives by the arrival of greater sequence
// numbers. One that was heard of before is told by its last number from what somebody repeats. Not
// thread-safe.
class Membership {
 public:
  explicit Membership(std::string self_id, std::size_t members_max = 4096)
      : self_id_(std::move(self_id)), members_max_(members_max) {}

  // The record was written at `heard`, as far as is known here: when it arrived as a message, or, where it
  // was read as a key, what is missing of the key's life before. False: it is no news, or there is no room.
  bool on_record(NodeRecord record, TimePoint heard, TimePoint now);
  // Who was silent for too long is gone.
  void expire(TimePoint now);

  // None: there is no such node, or it is gone.
  const Member* find_live(std::string_view node_id) const;
  // Without this node itself, by id.
  std::vector<const NodeRecord*> live() const;
  std::size_t live_count() const { return live_; }
  std::size_t size() const { return members_.size(); }
  std::size_t refused() const { return refused_; }  // for want of room

  std::vector<Passing> take_passings() { return std::exchange(passings_, {}); }

 private:
  void end(Member& member, Passage passage);
  bool make_room();

  std::string self_id_;
  std::size_t members_max_;
  std::map<std::string, Member, std::less<>> members_;  // the gone ones as long as there is room
  std::size_t live_ = 0;
  TimePoint next_expiry_ = TimePoint::max();  // nobody is gone before
  std::size_t refused_ = 0;
  std::vector<Passing> passings_;
};

}  // namespace turnpike::fleet
