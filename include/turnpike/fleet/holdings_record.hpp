// The record of what a node holds: rows of a table that all nodes share.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "turnpike/fleet/seal.hpp"

namespace turnpike::fleet {

// Rows of a record at most.
inline constexpr std::size_t kRowsMax = 8192;
inline constexpr std::size_t kPartsMax = 64;

// The amount that a node holds for one name.
struct Row {
  Who who = 0;
  std::uint32_t amount = 0;  // 0: nothing any more

  bool operator==(const Row&) const = default;
};

// Either changes, published as a message, or a part of the whole table, written as a key. Amounts are
// absolute, not differences, so a row may be read twice.
struct HoldingsRecord {
  std::string node_id;
  // Changes: their number, which grows by one. Whole table: the number of the last changes that it contains.
  std::uint64_t seq = 0;
  bool is_full = false;
  std::uint32_t part = 0, parts = 1;  // parts of the whole table; a power of two
  std::vector<Row> rows{};

  bool operator==(const HoldingsRecord&) const = default;
};

// Returns the part of a name, by the first bits of its digest, so that each part can be read alone.
std::size_t part_of(Who who, std::size_t parts);
// Returns into how many parts a table is cut, so that a part has room for twice the average number of rows.
std::size_t parts_for(std::size_t rows);

// Return the record's payload, and the record of a payload or why it is refused.
std::string write_holdings(const HoldingsRecord& record);
Result<HoldingsRecord, RecordFault> read_holdings(std::string_view payload);

}  // namespace turnpike::fleet
