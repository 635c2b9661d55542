// What a node holds, by whom: rows of a table that all nodes share.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "turnpike/fleet/seal.hpp"

namespace turnpike::fleet {

inline constexpr std::size_t kRowsMax = 8192;  // of a record
inline constexpr std::size_t kPartsMax = 64;

struct Row {
  Who who = 0;
  std::uint32_t amount = 0;  // 0: nothing any more

  bool operator==(const Row&) const = default;
};

// Either what has changed, as a message, or a part of everything, as a key. Amounts are those held, not
// differences, so a row may be read twice.
struct HoldingsRecord {
  std::string node_id;
  std::uint64_t seq = 0;  // of the changes, one by one; of everything: with the changes up to this one
  bool is_full = false;
  std::uint32_t part = 0, parts = 1;  // parts of everything: as many as a power of two
  std::vector<Row> rows{};

  bool operator==(const HoldingsRecord&) const = default;
};

// By the first bits of the digest, so that each part stands for itself.
std::size_t part_of(Who who, std::size_t parts);
// So many that a part has room for twice the rows that it has on average.
std::size_t parts_for(std::size_t rows);

std::string write_holdings(const HoldingsRecord& record);
Result<HoldingsRecord, RecordFault> read_holdings(std::string_view payload);

}  // namespace turnpike::fleet
