#include "turnpike/kernel/flow_admissions.hpp"

namespace turnpike::kernel {

std::string_view to_string(NoFlow cause) {
  constexpr std::array<std::string_view, kNoFlowKinds> kNames = {
      "stream", "byte_limit", "no_way", "no_program", "unanswered", "no_room", "taken", "left"};
  return kNames[static_cast<std::size_t>(cause)];
}

}  // namespace turnpike::kernel
