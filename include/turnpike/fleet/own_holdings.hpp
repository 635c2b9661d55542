// Tells the other nodes what this node holds: changes as they come, and the whole table from time to time.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "turnpike/fleet/command.hpp"
#include "turnpike/fleet/holdings_record.hpp"
#include "turnpike/fleet/keys.hpp"

namespace turnpike::fleet {

// The time between two writings of the whole table.
inline constexpr Duration kFullEvery = std::chrono::seconds(10);

// Returns how long changes wait for others to share their message: the longer, the more nodes hear it.
constexpr Duration publish_gap(std::size_t nodes) {
  return std::max<Duration>(std::chrono::milliseconds(100), std::chrono::milliseconds(2) * nodes);
}

// This node's table of one kind. Not thread-safe.
class OwnHoldings {
 public:
  // Makes an empty table for `kind` of at most `rows_max` rows.
  OwnHoldings(Kind kind, const Keys& keys, const Seal& seal, std::string node_id,
              std::size_t rows_max = kRowsMax / 2 * kPartsMax);

  // Sets an amount; 0 removes the row. A new name beyond the bound is not told of, and is counted in
  // refused().
  void set(Who who, std::uint32_t amount);
  // Returns the amount of a name; 0 if there is no row.
  std::uint32_t amount_of(Who who) const;

  // Writes the whole table anew, unless the table was always empty. Tells the changes that were made
  // meanwhile as any others, so that a node which has heard all before need not read. If they are too many,
  // the other nodes hear that they have missed something.
  void on_connected(TimePoint now);
  // Drops what was not sent; changes are not collected until on_connected().
  void on_disconnected();
  // Tells that somebody has to read the whole table: the next tick writes it if Redis has an older one.
  void want_full() { is_full_wanted_ = true; }
  // Sends what is due; `nodes` is the number of live nodes, this one included.
  void tick(std::size_t nodes, TimePoint now);
  Commands take_commands() { return std::exchange(commands_, {}); }

  // Returns the number of the last changes that were told.
  std::uint64_t seq() const { return seq_; }
  std::size_t size() const { return amounts_.size(); }
  std::size_t refused() const { return refused_; }

 private:
  void tell_changes(TimePoint now);
  void write_full(TimePoint now);

  Kind kind_;
  Keys keys_;
  Seal seal_;
  std::string node_id_;
  std::size_t rows_max_;
  std::unordered_map<Who, std::uint32_t> amounts_;
  std::unordered_set<Who> changed_;
  std::uint64_t seq_ = 0;
  std::uint64_t written_ = 0;  // number of the last changes in the table that was written
  bool is_connected_ = false;
  bool is_full_wanted_ = false;
  bool has_missed_ = false;  // changes that cannot be told any more
  TimePoint told_, full_;
  Commands commands_;
  std::size_t refused_ = 0;
};

}  // namespace turnpike::fleet
