// Knows which nodes there are: a node that was silent for 15 seconds is gone.
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

// A node that was heard of, live or gone.
struct Member {
  NodeRecord record;
  TimePoint heard;  // by this node's clock
  bool is_live = false;
};

// The ways in which a node comes or goes; lost means without a goodbye.
enum class Passage : std::uint8_t { came, left, lost };

// The coming or going of a node, for the log.
struct Passing {
  std::string node_id;
  Passage passage;

  bool operator==(const Passing&) const = default;
};

// Believes that a node lives while records with greater sequence numbers arrive; clocks of nodes are never
// compared. Nodes that are gone are remembered, so that a record repeated by somebody does not revive them.
// Not thread-safe.
class Membership {
 public:
  explicit Membership(std::string self_id, std::size_t members_max = 4096)
      : self_id_(std::move(self_id)), members_max_(members_max) {}

  // Takes a record that was written at about `heard`: when it arrived as a message, or, for a record that was
  // read as a key, as long ago as is missing of the key's life. Returns false if the record is no news or
  // there is no room.
  bool on_record(NodeRecord record, TimePoint heard, TimePoint now);
  // Removes nodes that were silent for too long.
  void expire(TimePoint now);

  // Returns a live node; nullptr if there is none with this id.
  const Member* find_live(std::string_view node_id) const;
  // Returns all live nodes but this one, in the order of their ids.
  std::vector<const NodeRecord*> live() const;
  // Of those, who was heard then or later.
  std::vector<const NodeRecord*> heard_since(TimePoint since) const;
  std::size_t live_count() const { return live_; }
  std::size_t size() const { return members_.size(); }
  // Returns how many records found no room.
  std::size_t refused() const { return refused_; }

  std::vector<Passing> take_passings() { return std::exchange(passings_, {}); }

 private:
  void end(Member& member, Passage passage);
  bool make_room();

  std::string self_id_;
  std::size_t members_max_;
  std::map<std::string, Member, std::less<>> members_;  // also those that are gone, while there is room
  std::size_t live_ = 0;
  TimePoint next_expiry_ = TimePoint::max();  // no node is gone before
  std::size_t refused_ = 0;
  std::vector<Passing> passings_;
};

}  // namespace turnpike::fleet
