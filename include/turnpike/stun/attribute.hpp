// STUN and TURN attributes: their numbers (RFC 8489 18.3, RFC 8656 18, ...) and how values are read from
// them.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "turnpike/base/bytes.hpp"
#include "turnpike/base/endpoint.hpp"

namespace turnpike::stun {

using TransactionId = std::array<std::uint8_t, 12>;

// Numbers of attribute types.
enum class Attr : std::uint16_t {
  mapped_address = 0x0001,
  change_request = 0x0003,
  username = 0x0006,
  message_integrity = 0x0008,
  error_code = 0x0009,
  unknown_attributes = 0x000A,
  channel_number = 0x000C,
  lifetime = 0x000D,
  xor_peer_address = 0x0012,
  data = 0x0013,
  realm = 0x0014,
  nonce = 0x0015,
  xor_relayed_address = 0x0016,
  requested_address_family = 0x0017,
  even_port = 0x0018,
  requested_transport = 0x0019,
  dont_fragment = 0x001A,
  access_token = 0x001B,
  message_integrity_sha256 = 0x001C,
  password_algorithm = 0x001D,
  userhash = 0x001E,
  xor_mapped_address = 0x0020,
  reservation_token = 0x0022,
  priority = 0x0024,
  use_candidate = 0x0025,
  padding = 0x0026,
  response_port = 0x0027,
  connection_id = 0x002A,
  additional_address_family = 0x8000,
  address_error_code = 0x8001,
  password_algorithms = 0x8002,
  alternate_domain = 0x8003,
  icmp = 0x8004,
  software = 0x8022,
  alternate_server = 0x8023,
  fingerprint = 0x8028,
  ice_controlled = 0x8029,
  ice_controlling = 0x802A,
  mobility_ticket = 0x8030,
};

// Returns whether the type must be understood (below 0x8000). A request with an unknown one is refused with
// 420 (RFC 8489 14).
constexpr bool is_comprehension_required(Attr type) { return static_cast<std::uint16_t>(type) < 0x8000; }

// Returns whether this server knows a comprehension-required type, whether or not the type means anything in
// its message. CHANGE-REQUEST, ACCESS-TOKEN, PADDING and RESPONSE-PORT are not known, because the server
// lacks their features.
bool is_known(Attr type);

// --- Readers of attribute values. Each returns nullopt if the length or content is not what the attribute
// allows. Reserved bits are ignored (RFC 8656 18). ---

std::optional<std::uint32_t> read_u32(Bytes value);             // LIFETIME, CONNECTION-ID
std::optional<std::uint16_t> read_channel_number(Bytes value);  // CHANNEL-NUMBER: any number, 4 bytes
// REQUESTED-TRANSPORT and *-ADDRESS-FAMILY: the first of 4 bytes.
std::optional<std::uint8_t> read_u8_of_4(Bytes value);
std::optional<bool> read_even_port(Bytes value);  // EVEN-PORT: the R bit
// XOR-MAPPED-, XOR-PEER- and XOR-RELAYED-ADDRESS (RFC 8489 14.2).
std::optional<Endpoint> read_xor_address(Bytes value, const TransactionId& id);
std::optional<Endpoint> read_address(Bytes value);  // MAPPED-ADDRESS, ALTERNATE-SERVER
std::optional<int> read_error_code(Bytes value);    // ERROR-CODE: 300..699

// --- Writers of address values. Each returns the number of bytes written, 8 for IPv4 and 20 for IPv6.
// Precondition: `out` has room for them. ---
std::size_t write_address(MutableBytes out, const Endpoint& endpoint);
std::size_t write_xor_address(MutableBytes out, const Endpoint& endpoint, const TransactionId& id);

}  // namespace turnpike::stun
