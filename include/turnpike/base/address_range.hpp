// Ranges of addresses, as other programs write them, and the prefixes that cover them.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "turnpike/base/endpoint.hpp"

namespace turnpike {

// Both ends belong to it; they are of one family, and the first is not behind the last.
struct AddressRange {
  IpAddress first;
  IpAddress last;

  // "10.0.0.0-10.255.255.255", one address, or a prefix, whose host bits may be set. Nothing for any other
  // text.
  static std::optional<AddressRange> parse(std::string_view text);

  auto operator<=>(const AddressRange&) const = default;
};

// The fewest prefixes that cover the range exactly, at most 254, in ascending order.
std::vector<IpPrefix> prefixes_of(const AddressRange& range);

// What is in one of the ranges and in none of the others, ascending and without overlap.
std::vector<AddressRange> without(std::vector<AddressRange> ranges, const std::vector<AddressRange>& others);

}  // namespace turnpike
