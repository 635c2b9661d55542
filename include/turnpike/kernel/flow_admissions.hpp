// Counts the flows that the kernel was given, and why it was not given others.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace turnpike::kernel {

// The reason why the sockets relay one direction of a channel.
enum class NoFlow : std::uint8_t {
  stream,      // the client comes by TCP or TLS
  byte_limit,  // the program has no budget for the channel's user
  no_way,      // no link leads to one of the channel's ends
  // the program is not attached where the packets arrive, or not at loopback if they are for this host
  no_program,
  unanswered,  // next hops were not found in time
  no_room,     // all slots of the worker are in use or resting
  taken,       // another flow matches the same packets
  left         // the other client has gone meanwhile
};
inline constexpr std::size_t kNoFlowKinds = 8;
// Returns the name that log, metrics and documentation use.
std::string_view to_string(NoFlow cause);

// Counts of one worker since its start. A channel counts again each time when its flows are tried again.
struct FlowAdmissions {
  std::uint64_t added = 0;
  std::array<std::uint64_t, kNoFlowKinds> not_added{};  // by NoFlow

  void count(NoFlow cause) { ++not_added[static_cast<std::size_t>(cause)]; }
  bool operator==(const FlowAdmissions&) const = default;
};

}  // namespace turnpike::kernel
