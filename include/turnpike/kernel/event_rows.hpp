// Counts what became of packets at each interface, in memory that the program writes.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace turnpike::kernel {

struct EventCounts;

// The count of one event. The names are those of TURNPIKE_EVENTS in src/kernel/layout.h, `relayed` first.
struct EventCount {
  std::string_view name;
  std::uint64_t count;
};

// Views of a loaded program's maps. One process gives rows to interfaces; any process that has the maps may
// read.
class EventRows {
 public:
  // Returns the names of all events, in the order of the counts.
  static std::span<const std::string_view> names();

  EventRows() = default;
  // `numbers` has the row of each interface, by the interface's index; `counts` is [cpus][kEventRows].
  EventRows(std::span<std::uint64_t> numbers, std::span<EventCounts> counts, std::uint32_t cpus);

  // Gives the interface a row of its own, which begins with zeros; does nothing if no row is left or the
  // index is too high.
  void give(std::uint32_t interface);
  // Takes the interface's row back; its counts remain in all().
  void take_back(std::uint32_t interface);

  // Returns the sums over all interfaces, past ones included.
  std::vector<EventCount> all() const;
  // Returns the counts of an interface since it got its row; none if it has no row.
  std::optional<std::vector<EventCount>> of(std::uint32_t interface) const;
  // Returns true if a datagram for this host has arrived at the interface, whatever became of it. Returns
  // true as well if the interface has no row, because nothing is known then.
  bool has_seen_datagram(std::uint32_t interface) const;

 private:
  std::uint64_t number_of(std::uint32_t interface) const;
  std::span<EventCounts> rows_of(std::uint32_t cpu) const;
  std::uint64_t count(std::uint64_t row, std::size_t event) const;

  std::span<std::uint64_t> numbers_;
  std::span<EventCounts> counts_;
  std::uint32_t cpus_ = 0;
};

}  // namespace turnpike::kernel
