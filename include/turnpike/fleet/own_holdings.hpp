// What this node holds, and tells the others: changes as they come, and everything from time to time.
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

inline constexpr Duration kFullEvery = std::chrono::seconds(10);

// How long changes wait for others to go with them: the more nodes hear each message, the longer.
constexpr Duration publish_gap(std::size_t nodes) {
  return std::max<Duration>(std::chrono::milliseconds(100), std::chrono::milliseconds(2) * nodes);
}

// Not thread-safe.
class OwnHoldings {
 public:
  OwnHoldings(Kind kind, const Keys& keys, const Seal& seal, std::string node_id,
              std::size_t rows_max = kRowsMax / 2 * kPartsMax);

  // 0: nothing any more. Beyond the bound a newcomer is not told of.
  void set(Who who, std::uint32_t amount);
  std::uint32_t amount_of(Who who) const;

  // Everything is written anew, if there was ever anything.
  void on_connected(TimePoint now);
  void on_disconnected();
  // Somebody has to read everything: it is written with the next tick, if it is out of date.
  void want_full() { is_full_wanted_ = true; }
  // With as many nodes, this one included.
  void tick(std::size_t nodes, TimePoint now);
  Commands take_commands() { return std::exchange(commands_, {}); }

  std::uint64_t seq() const { return seq_; }  // of the last changes that were told
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
  std::uint64_t written_ = 0;  // the changes up to this one are in what was written
  bool is_connected_ = false;
  bool is_full_wanted_ = false;
  TimePoint told_, full_;
  Commands commands_;
  std::size_t refused_ = 0;
};

}  // namespace turnpike::fleet
