// Whom places and ports are counted for.
#pragma once

#include <cstdint>
#include <string>

#include "turnpike/relay/route.hpp"

namespace turnpike::turn {

// Says what a user name stands for: `personal` for one user; `shared` for everybody who knows it, as
// configured names and TURN REST names without a user; `visitor` for a stranger who only tests the connection
// and gets few relays, for a short time, to other visitors only.
enum class NameKind : std::uint8_t { personal, shared, visitor };

// Longest life of a visitor's credential and allocation.
inline constexpr std::uint32_t kVisitorLifeMax_s = 120;

// Holds the user for whom places and ports are counted.
struct Tenant {
  std::string user_id;
  NameKind kind = NameKind::personal;

  bool operator==(const Tenant&) const = default;
};

// Returns which peers relays of this kind of user may reach.
constexpr relay::Reach reach_of(NameKind kind) {
  return kind == NameKind::visitor ? relay::Reach::visitors : relay::Reach::policy;
}

}  // namespace turnpike::turn
