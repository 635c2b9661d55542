// What became of packets at each interface, in memory that the program counts in.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace turnpike::kernel {

struct EventCounts;

// How often something became of a packet; the names are those of src/kernel/layout.h, "relayed" is the first.
struct EventCount {
  std::string_view name;
  std::uint64_t count;
};

// Views of the maps of a loaded program, which several processes have: one gives rows, all of them read.
class EventRows {
 public:
  static std::span<const std::string_view> names();

  EventRows() = default;
  // `numbers`: the row of each interface, by its index. `counts`: [cpus][kEventRows].
  EventRows(std::span<std::uint64_t> numbers, std::span<EventCounts> counts, std::uint32_t cpus);

  // A row of the interface's own, where there is one left; it begins with zeros.
  void give(std::uint32_t interface);
  // What it has counted stays in all().
  void take_back(std::uint32_t interface);

  std::vector<EventCount> all() const;
  // Of an interface since it has a row of its own; none if it has none.
  std::optional<std::vector<EventCount>> of(std::uint32_t interface) const;
  // Whether any datagram for this host came by there, whatever became of it, as far as that is known.
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
