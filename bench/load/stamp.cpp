// The stamp in the order of this host's bytes, for the program talks to itself only.
#include "load/stamp.hpp"

#include <array>
#include <cstring>

#include "turnpike/base/hash.hpp"

namespace turnpike::bench {
namespace {

struct Wire {
  Stamp stamp;
  std::uint32_t size;
  std::uint32_t check;  // of all the above
};
static_assert(sizeof(Wire) == kStampSize && std::has_unique_object_representations_v<Wire>);

std::uint32_t check_of(Wire wire) {
  wire.check = 0;
  return static_cast<std::uint32_t>(ByteHash{}(wire));
}

constexpr auto kFilling = [] {
  std::array<std::uint8_t, kPayloadMax> bytes{};
  std::uint32_t state = 1;
  for (auto& byte : bytes) byte = static_cast<std::uint8_t>((state = state * 1664525 + 1013904223) >> 24);
  return bytes;
}();

}  // namespace

void fill_payload(MutableBytes payload) { std::memcpy(payload.data(), kFilling.data(), payload.size()); }

void write_stamp(MutableBytes payload, const Stamp& stamp) {
  Wire wire{stamp, static_cast<std::uint32_t>(payload.size()), 0};
  wire.check = check_of(wire);
  std::memcpy(payload.data(), &wire, sizeof wire);
}

std::optional<Stamp> read_stamp(Bytes payload) {
  if (payload.size() < kStampSize || payload.size() > kPayloadMax) return std::nullopt;
  Wire wire;
  std::memcpy(&wire, payload.data(), sizeof wire);
  if (wire.size != payload.size() || wire.check != check_of(wire)) return std::nullopt;
  if (std::memcmp(payload.data() + kStampSize, kFilling.data() + kStampSize, payload.size() - kStampSize) !=
      0)
    return std::nullopt;
  return wire.stamp;
}

}  // namespace turnpike::bench
