#include "turnpike/base/address_range.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "turnpike/base/bytes.hpp"

namespace turnpike {
namespace {

int bits_of(const IpAddress& address) { return static_cast<int>(address.wire().size()) * 8; }

// The address with so many of its last bits all 0 or all 1.
IpAddress with_host_bits(const IpAddress& address, int count, bool value) {
  std::array<std::uint8_t, 16> bytes{};
  const Bytes wire = address.wire();
  std::ranges::copy(wire, bytes.begin());
  for (int bit = 0; bit < count; ++bit) {
    const auto mask = static_cast<std::uint8_t>(1U << (bit % 8));
    std::uint8_t& byte = bytes[wire.size() - 1 - static_cast<std::size_t>(bit / 8)];
    byte = static_cast<std::uint8_t>(value ? byte | mask : byte & ~mask);
  }
  return IpAddress::from_bytes(Bytes{bytes}.first(wire.size()));
}

// Nothing beyond the first or last address of the family.
std::optional<IpAddress> neighbour(const IpAddress& address, bool next) {
  const Bytes wire = address.wire();
  const std::uint8_t end = next ? 0xff : 0;
  int zeros = 0;  // bits at the end that a carry runs through
  for (std::size_t i = wire.size(); i > 0 && wire[i - 1] == end; --i) zeros += 8;
  if (zeros == bits_of(address)) return std::nullopt;
  std::array<std::uint8_t, 16> bytes{};
  std::ranges::copy(with_host_bits(address, zeros, !next).wire(), bytes.begin());
  std::uint8_t& byte = bytes[wire.size() - 1 - static_cast<std::size_t>(zeros / 8)];
  byte = static_cast<std::uint8_t>(next ? byte + 1 : byte - 1);
  return IpAddress::from_bytes(Bytes{bytes}.first(wire.size()));
}

// The largest block that begins at `first` and does not go beyond `last`, by the number of its host bits.
int host_bits_from(const IpAddress& first, const IpAddress& last) {
  int bits = 0;
  while (bits < bits_of(first) && with_host_bits(first, bits + 1, false) == first &&
         with_host_bits(first, bits + 1, true) <= last)
    ++bits;
  return bits;
}

std::vector<AddressRange> without_one(const AddressRange& range, const AddressRange& other) {
  if (range.first.family() != other.first.family() || other.last < range.first || range.last < other.first)
    return {range};
  std::vector<AddressRange> rest;
  if (range.first < other.first) rest.push_back({range.first, *neighbour(other.first, false)});
  if (other.last < range.last) rest.push_back({*neighbour(other.last, true), range.last});
  return rest;
}

}  // namespace

std::optional<AddressRange> AddressRange::parse(std::string_view text) {
  if (const auto prefix = IpPrefix::parse(text)) {
    const int host_bits = bits_of(prefix->address) - prefix->bits;
    return AddressRange{prefix->address, with_host_bits(prefix->address, host_bits, true)};
  }
  const auto dash = text.find('-');
  if (dash == text.npos) return std::nullopt;
  const auto first = IpAddress::parse(text.substr(0, dash));
  const auto last = IpAddress::parse(text.substr(dash + 1));
  if (!first || !last || first->family() != last->family() || *last < *first) return std::nullopt;
  return AddressRange{*first, *last};
}

std::vector<IpPrefix> prefixes_of(const AddressRange& range) {
  std::vector<IpPrefix> prefixes;
  std::optional<IpAddress> at = range.first;
  while (at && *at <= range.last) {
    const int host_bits = host_bits_from(*at, range.last);
    prefixes.push_back({*at, static_cast<std::uint8_t>(bits_of(*at) - host_bits)});
    at = neighbour(with_host_bits(*at, host_bits, true), true);
  }
  return prefixes;
}

std::vector<AddressRange> without(std::vector<AddressRange> ranges, const std::vector<AddressRange>& others) {
  std::ranges::sort(ranges);
  std::vector<AddressRange> joined;
  for (const AddressRange& range : ranges) {
    const bool overlaps = !joined.empty() && range.first.family() == joined.back().last.family() &&
                          range.first <= joined.back().last;
    if (overlaps) {
      joined.back().last = std::max(joined.back().last, range.last);
    } else {
      joined.push_back(range);
    }
  }
  for (const AddressRange& other : others) {
    std::vector<AddressRange> rest;
    for (const AddressRange& range : joined) {
      for (const AddressRange& piece : without_one(range, other)) rest.push_back(piece);
    }
    joined = std::move(rest);
  }
  return joined;
}

}  // namespace turnpike
