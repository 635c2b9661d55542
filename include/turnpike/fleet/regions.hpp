// Which region an address is in, by a table of prefixes.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "turnpike/base/endpoint.hpp"

namespace turnpike::fleet {

// The longest prefix counts. A look-up costs O(log n) for each length that there is.
class Regions {
 public:
  Regions() = default;
  // Of prefixes that are there twice the last counts.
  explicit Regions(const std::vector<std::pair<IpPrefix, std::string>>& table);

  // "": none is known.
  std::string_view find(const IpAddress& address) const;

 private:
  std::map<IpPrefix, std::string> table_;
  std::vector<std::uint8_t> lengths_;  // the longest first
};

}  // namespace turnpike::fleet
