// Whom places and ports are counted for.
#pragma once

#include <cstdint>
#include <string>

#include "turnpike/relay/route.hpp"

namespace turnpike::turn {

// Whether a name stands for one user, or for whoever knows it: configured names are given to everybody, and
// so are TURN REST names that are a time alone. A visitor is a stranger who only tries out which ways lead
// here: little of everything, for a short time, and no peers but the relays of other visitors.
enum class NameKind : std::uint8_t { personal, shared, visitor };

inline constexpr std::uint32_t kVisitorLife_s = 120;  // of credentials and allocations, at most

struct Tenant {
  std::string user_id;
  NameKind kind = NameKind::personal;

  bool operator==(const Tenant&) const = default;
};

// Whom the relays of such a name may lead to.
constexpr relay::Reach reach_of(NameKind kind) {
  return kind == NameKind::visitor ? relay::Reach::visitors : relay::Reach::policy;
}

}  // namespace turnpike::turn
