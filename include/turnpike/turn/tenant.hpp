// Whom places and ports are counted for.
#pragma once

#include <cstdint>
#include <string>

namespace turnpike::turn {

// Whether a name stands for one user, or for whoever knows it: configured names are given to everybody, and
// so are TURN REST names that are a time alone.
enum class NameKind : std::uint8_t { personal, shared };

struct Tenant {
  std::string user_id;
  NameKind kind = NameKind::personal;

  bool operator==(const Tenant&) const = default;
};

}  // namespace turnpike::turn
