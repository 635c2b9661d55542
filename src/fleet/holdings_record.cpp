#include "turnpike/fleet/holdings_record.hpp"

#include <algorithm>
#include <bit>
#include <boost/json.hpp>

#include "turnpike/crypto/base64.hpp"
#include "turnpike/fleet/fields.hpp"
#include "turnpike/json/strict_json.hpp"

namespace turnpike::fleet {
namespace {

constexpr std::size_t kRowSize = 12;  // digest and amount, big-endian
constexpr std::uint64_t kSeqMax = std::uint64_t{1} << 53;

void append(std::string& packed, const Row& row) {
  std::uint8_t bytes[kRowSize];
  store_be32(bytes, static_cast<std::uint32_t>(row.who >> 32));
  store_be32(bytes + 4, static_cast<std::uint32_t>(row.who));
  store_be32(bytes + 8, row.amount);
  packed.append(as_text(bytes));
}

Row row_at(const std::uint8_t* bytes) {
  return {std::uint64_t{load_be32(bytes)} << 32 | load_be32(bytes + 4), load_be32(bytes + 8)};
}

}  // namespace

std::size_t part_of(Who who, std::size_t parts) {
  return parts <= 1 ? 0 : static_cast<std::size_t>(who >> (64 - std::countr_zero(parts)));
}

std::size_t parts_for(std::size_t rows) {
  return std::min(kPartsMax, std::bit_ceil(std::max<std::size_t>(rows / (kRowsMax / 2), 1)));
}

std::string write_holdings(const HoldingsRecord& record) {
  std::string packed;
  packed.reserve(record.rows.size() * kRowSize);
  for (const Row& row : record.rows) append(packed, row);
  return boost::json::serialize(boost::json::object{{"node", record.node_id},
                                                    {"seq", record.seq},
                                                    {"full", record.is_full},
                                                    {"part", record.part},
                                                    {"parts", record.parts},
                                                    {"rows", crypto::base64url_encode(packed)}});
}

Result<HoldingsRecord, RecordFault> read_holdings(std::string_view payload) {
  const auto object = json::parse_object(payload);
  if (!object) return RecordFault::malformed;
  Fields fields(*object);
  HoldingsRecord record;
  record.node_id = fields.text("node", 32);
  record.seq = fields.number("seq", kSeqMax);
  record.is_full = fields.flag("full");
  record.parts = static_cast<std::uint32_t>(fields.number("parts", kPartsMax));
  record.part = static_cast<std::uint32_t>(fields.number("part", kPartsMax));
  const std::string packed = fields.bytes("rows", kRowsMax * kRowSize);
  if (!fields.is_good() || !is_node_id(record.node_id) || packed.size() % kRowSize != 0 ||
      !std::has_single_bit(record.parts) || record.part >= record.parts)
    return RecordFault::malformed;
  for (std::size_t at = 0; at < packed.size(); at += kRowSize) {
    record.rows.push_back(row_at(as_bytes(packed).data() + at));
    if (record.is_full && part_of(record.rows.back().who, record.parts) != record.part)
      return RecordFault::misplaced;
  }
  return record;
}

}  // namespace turnpike::fleet
