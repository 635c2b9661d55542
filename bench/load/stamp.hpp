// What a test packet carries: which flow and place in it, when it left, and a filling that shows every
// changed byte.
#pragma once

#include <cstdint>
#include <optional>

#include "turnpike/base/bytes.hpp"

namespace turnpike::bench {

struct Stamp {
  std::uint32_t run = 0;  // so that a packet of an earlier run is not taken for one of this
  std::uint32_t flow = 0;
  std::uint64_t sequence = 0;
  std::int64_t sent_ns = 0;  // CLOCK_REALTIME, the time line of the kernel's receive stamps

  bool operator==(const Stamp&) const = default;
};

inline constexpr std::size_t kStampSize = 32;
inline constexpr std::size_t kPayloadMax = 1472;  // what an Ethernet frame takes without fragments

// Fills a whole payload, of kStampSize to kPayloadMax bytes; the stamp is still to be written.
void fill_payload(MutableBytes payload);
// Overwrites the first kStampSize bytes of a filled payload.
void write_stamp(MutableBytes payload, const Stamp& stamp);
// Nothing if the payload is not byte for byte what was written, or has lost its end.
std::optional<Stamp> read_stamp(Bytes payload);

}  // namespace turnpike::bench
