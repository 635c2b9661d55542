// Ranges of addresses as other programs write them, and the prefixes that cover them.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "turnpike/base/endpoint.hpp"

namespace turnpike {

// Holds a range with both ends included. Both ends are of one family, and `first` is not greater than `last`.
struct AddressRange {
  IpAddress first;
  IpAddress last;

  // Parses "10.0.0.0-10.255.255.255", one address, or a prefix, whose host bits may be set. Returns nullopt
  // for any other text.
  static std::optional<AddressRange> parse(std::string_view text);

  auto operator<=>(const AddressRange&) const = default;
};

// Returns the fewest prefixes that cover the range exactly, at most 254, in ascending order.
std::vector<IpPrefix> prefixes_of(const AddressRange& range);

// Returns the addresses of `ranges` that are in none of `others`, ascending and without overlap.
std::vector<AddressRange> without(std::vector<AddressRange> ranges, const std::vector<AddressRange>& others);

}  // namespace turnpike
