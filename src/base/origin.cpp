#include "turnpike/base/origin.hpp"

#include <algorithm>

namespace turnpike {
namespace {

constexpr std::uint8_t kSubscriberBits = 64;
constexpr std::uint8_t kSiteBits = 48;

// `bits` are whole bytes.
IpPrefix prefix_of(const IpAddress& address, std::uint8_t bits) {
  std::array<std::uint8_t, 16> bytes{};
  std::ranges::copy(address.wire().first(bits / 8U), bytes.begin());
  return {IpAddress::from_bytes(bytes), bits};
}

}  // namespace

Origin origin_of(const IpAddress& address) {
  const IpAddress plain = address.unmapped();
  if (!plain.is_v6()) return {{plain, 32}, {plain, 32}};
  return {prefix_of(plain, kSubscriberBits), prefix_of(plain, kSiteBits)};
}

}  // namespace turnpike
