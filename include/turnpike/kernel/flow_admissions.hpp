// How many flows the kernel was given, and why it was not given others.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace turnpike::kernel {

// Why the sockets relay one direction of a channel.
enum class NoFlow : std::uint8_t {
  stream,      // the client comes by TCP or TLS
  byte_limit,  // the program has no budget for its user
  no_way,      // no link leads to one of its ends
  no_program,  // the program is not where its packets come in, or not at loopback where they are for this
               // host
  unanswered,  // nobody said in time where its packets would leave
  no_room,     // the worker's slots are all in use or at rest
  taken,       // what would arrive is another flow's already
  left         // the other client was gone when the flow was to be made
};
inline constexpr std::size_t kNoFlowKinds = 8;
std::string_view to_string(NoFlow cause);

// Of one worker since its start. A channel that is published or looked at again counts again.
struct FlowAdmissions {
  std::uint64_t added = 0;
  std::array<std::uint64_t, kNoFlowKinds> not_added{};  // by NoFlow

  void count(NoFlow cause) { ++not_added[static_cast<std::size_t>(cause)]; }
  bool operator==(const FlowAdmissions&) const = default;
};

}  // namespace turnpike::kernel
