#include "turnpike/fleet/regions.hpp"

#include <algorithm>
#include <array>
#include <functional>

namespace turnpike::fleet {
namespace {

// The prefix of that length that the address is in.
IpPrefix prefix_of(const IpAddress& address, std::uint8_t bits) {
  std::array<std::uint8_t, 16> bytes{};
  const Bytes wire = address.wire();
  for (std::size_t i = 0; i < wire.size() && i * 8 < bits; ++i) {
    const std::size_t kept = std::min<std::size_t>(bits - i * 8, 8);
    bytes[i] = static_cast<std::uint8_t>(wire[i] & (0xFF00U >> kept));
  }
  return {IpAddress::from_bytes(Bytes(bytes).first(wire.size())), bits};
}

}  // namespace

Regions::Regions(const std::vector<std::pair<IpPrefix, std::string>>& table) {
  for (const auto& [prefix, region] : table) {
    table_.insert_or_assign(prefix_of(prefix.address, prefix.bits), region);
    if (std::ranges::find(lengths_, prefix.bits) == lengths_.end()) lengths_.push_back(prefix.bits);
  }
  std::ranges::sort(lengths_, std::greater<>{});
}

std::string_view Regions::find(const IpAddress& address) const {
  const IpAddress plain = address.unmapped();
  if (plain.family() == Family::none) return {};
  const std::size_t bits_max = plain.wire().size() * 8;
  for (const std::uint8_t bits : lengths_) {
    if (bits > bits_max) continue;
    const auto found = table_.find(prefix_of(plain, bits));
    if (found != table_.end()) return found->second;
  }
  return {};
}

}  // namespace turnpike::fleet
