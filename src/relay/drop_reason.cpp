#include "turnpike/relay/drop_reason.hpp"

#include <array>
#include <utility>

namespace turnpike::relay {
namespace {

constexpr std::array<std::pair<DropReason, std::string_view>, kDropReasons> kNames{{
    {DropReason::none, "none"},
    {DropReason::malformed, "malformed"},
    {DropReason::no_route, "no_route"},
    {DropReason::expired, "expired"},
    {DropReason::peer_refused, "peer_refused"},
    {DropReason::over_budget, "over_budget"},
    {DropReason::too_large, "too_large"},
}};

constexpr bool stand_in_order() {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i].first != static_cast<DropReason>(i)) return false;
  }
  return true;
}
static_assert(stand_in_order());

}  // namespace

std::string_view to_string(DropReason reason) { return kNames[static_cast<std::size_t>(reason)].second; }

}  // namespace turnpike::relay
