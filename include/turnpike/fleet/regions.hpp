// Finds the region of an address, by a table of prefixes.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "turnpike/base/endpoint.hpp"

namespace turnpike::fleet {

// The longest matching prefix decides. A look-up costs O(log n) for each prefix length in the table.
class Regions {
 public:
  Regions() = default;
  // Takes the table; of equal prefixes the last one counts.
  explicit Regions(const std::vector<std::pair<IpPrefix, std::string>>& table);

  // Returns the region; "" if no prefix matches.
  std::string_view find(const IpAddress& address) const;

 private:
  std::map<IpPrefix, std::string> table_;
  std::vector<std::uint8_t> lengths_;  // in falling order
};

}  // namespace turnpike::fleet
