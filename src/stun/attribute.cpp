// How attribute values are read and written.
#include "turnpike/stun/attribute.hpp"

#include <algorithm>
#include <cassert>

namespace turnpike::stun {
namespace {

constexpr Attr kKnown[] = {
    Attr::mapped_address,
    Attr::username,
    Attr::message_integrity,
    Attr::error_code,
    Attr::unknown_attributes,
    Attr::channel_number,
    Attr::lifetime,
    Attr::xor_peer_address,
    Attr::data,
    Attr::realm,
    Attr::nonce,
    Attr::xor_relayed_address,
    Attr::even_port,
    Attr::requested_address_family,
    Attr::requested_transport,
    Attr::dont_fragment,
    Attr::password_algorithm,
    Attr::message_integrity_sha256,
    Attr::userhash,
    Attr::xor_mapped_address,
    Attr::reservation_token,
    Attr::priority,
    Attr::use_candidate,
    Attr::connection_id,
};

constexpr std::uint8_t kCookie[] = {0x21, 0x12, 0xA4, 0x42};

// Address values: a zero byte, the family, the port, the address (RFC 8489 14.1).
constexpr std::size_t kPortAt = 2;
constexpr std::size_t kAddressAt = 4;
constexpr std::size_t kAddressValueMax = kAddressAt + 16;

// XORs port and address as RFC 8489 14.2 says: the port with the first half of the cookie, the address with
// cookie and transaction id.
void flip(MutableBytes value, const TransactionId& id) {
  for (std::size_t i = kPortAt; i < value.size(); ++i) {
    const std::size_t at = i < kAddressAt ? i - kPortAt : i - kAddressAt;
    value[i] ^= at < sizeof kCookie ? kCookie[at] : id[at - sizeof kCookie];
  }
}

}  // namespace

bool is_known(Attr type) { return std::ranges::find(kKnown, type) != std::end(kKnown); }

std::optional<std::uint32_t> read_u32(Bytes value) {
  if (value.size() != 4) return std::nullopt;
  return load_be32(value.data());
}

std::optional<std::uint16_t> read_channel_number(Bytes value) {
  if (value.size() != 4) return std::nullopt;
  return load_be16(value.data());
}

std::optional<std::uint8_t> read_u8_of_4(Bytes value) {
  if (value.size() != 4) return std::nullopt;
  return value[0];
}

std::optional<bool> read_even_port(Bytes value) {
  if (value.size() != 1) return std::nullopt;
  return (value[0] & 0x80) != 0;
}

std::optional<Endpoint> read_address(Bytes value) {
  if (value.size() < kAddressAt) return std::nullopt;
  const Bytes address = value.subspan(kAddressAt);
  const auto family = static_cast<Family>(value[1]);
  if (!(family == Family::ipv4 && address.size() == 4) && !(family == Family::ipv6 && address.size() == 16))
    return std::nullopt;
  return Endpoint{IpAddress::from_bytes(address), load_be16(&value[kPortAt])};
}

std::optional<Endpoint> read_xor_address(Bytes value, const TransactionId& id) {
  std::array<std::uint8_t, kAddressValueMax> plain;
  if (value.size() > plain.size()) return std::nullopt;
  std::ranges::copy(value, plain.begin());
  const MutableBytes copy = MutableBytes{plain}.first(value.size());
  flip(copy, id);
  return read_address(copy);
}

std::optional<int> read_error_code(Bytes value) {
  if (value.size() < 4) return std::nullopt;
  const int hundreds = value[2] & 7;
  const int number = value[3];
  if (hundreds < 3 || hundreds > 6 || number > 99) return std::nullopt;
  return hundreds * 100 + number;
}

std::size_t write_address(MutableBytes out, const Endpoint& endpoint) {
  const Bytes address = endpoint.address.wire();
  assert(endpoint.family() != Family::none && out.size() >= kAddressAt + address.size());
  out[0] = 0;
  out[1] = static_cast<std::uint8_t>(endpoint.family());
  store_be16(&out[kPortAt], endpoint.port);
  std::ranges::copy(address, out.begin() + kAddressAt);
  return kAddressAt + address.size();
}

std::size_t write_xor_address(MutableBytes out, const Endpoint& endpoint, const TransactionId& id) {
  const std::size_t size = write_address(out, endpoint);
  flip(out.first(size), id);
  return size;
}

}  // namespace turnpike::stun
