// What users hold on other servers that share quotas with this one.
#pragma once

#include <cstdint>
#include <string_view>

namespace turnpike::turn {

// Knows how many places users hold on other servers. Called from any thread, once or twice for each Allocate;
// must not block.
class HeldElsewhere {
 public:
  virtual std::uint32_t places_of(std::string_view user_id) const = 0;

 protected:
  ~HeldElsewhere() = default;
};

}  // namespace turnpike::turn
