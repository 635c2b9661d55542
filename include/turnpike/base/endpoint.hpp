// Addresses as plain values: IP address, endpoint (address and port, also in a role), prefix, 5-tuple.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "turnpike/base/bytes.hpp"

namespace turnpike {

// Numbers of address families in STUN's address attributes (RFC 8489 14.1).
enum class Family : std::uint8_t { none = 0, ipv4 = 1, ipv6 = 2 };

// Holds an IPv4 or IPv6 address in network order. IPv4 is kept as ::ffff:a.b.c.d with family ipv4, so that
// all addresses compare and hash alike. An IPv6 address ::ffff:a.b.c.d keeps family ipv6 and is a different
// value.
class IpAddress {
 public:
  constexpr IpAddress() = default;
  static IpAddress v4(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d);
  // Makes an IPv4 address from 4 bytes or an IPv6 one from 16; any other size ends the program.
  static IpAddress from_bytes(Bytes wire);
  // Parses dotted or colon notation without brackets, zone or port. Returns nullopt for any other text.
  static std::optional<IpAddress> parse(std::string_view text);

  Family family() const { return family_; }
  bool is_v4() const { return family_ == Family::ipv4; }
  bool is_v6() const { return family_ == Family::ipv6; }
  // Returns 4 or 16 bytes in network order, a view of this value.
  Bytes wire() const { return is_v4() ? Bytes{bytes_}.subspan(12) : Bytes{bytes_}; }
  // Returns 16 bytes, IPv4 as ::ffff:a.b.c.d.
  const std::array<std::uint8_t, 16>& bytes16() const { return bytes_; }
  // Returns an IPv6 address of the form ::ffff:a.b.c.d as IPv4, and any other address unchanged.
  IpAddress unmapped() const;
  // Returns the notation that parse() reads, or "none".
  std::string to_string() const;

  auto operator<=>(const IpAddress&) const = default;

 private:
  std::array<std::uint8_t, 16> bytes_{};
  Family family_ = Family::none;
  std::uint8_t zero_ = 0;  // no unnamed padding: values are compared and hashed as bytes
};

struct Endpoint {
  IpAddress address;
  std::uint16_t port = 0;  // host order

  // Parses "192.0.2.1:3478" or "[2001:db8::1]:3478". Returns nullopt for any other text.
  static std::optional<Endpoint> parse(std::string_view text);
  std::string to_string() const;
  Family family() const { return address.family(); }
  Endpoint with_port(std::uint16_t other) const { return {address, other}; }

  auto operator<=>(const Endpoint&) const = default;
};

// Holds an endpoint in a role. Each role is a type of its own, so that swapped endpoints do not compile.
// plain() leaves a role, the type's name enters one.
template <class Role>
class EndpointAs : private Endpoint {
 public:
  constexpr EndpointAs() = default;
  explicit constexpr EndpointAs(const Endpoint& plain) : Endpoint(plain) {}
  constexpr EndpointAs(const IpAddress& host, std::uint16_t number) : Endpoint{host, number} {}
  static std::optional<EndpointAs> parse(std::string_view text) {
    const auto plain = Endpoint::parse(text);
    return plain ? std::optional(EndpointAs(*plain)) : std::nullopt;
  }

  using Endpoint::address;
  using Endpoint::family;
  using Endpoint::port;
  using Endpoint::to_string;
  const Endpoint& plain() const { return *this; }
  EndpointAs with_port(std::uint16_t other) const { return {address, other}; }

  auto operator<=>(const EndpointAs&) const = default;
};

using ClientEndpoint = EndpointAs<struct ClientRole>;
using ServerEndpoint = EndpointAs<struct ServerRole>;      // where the client sends to
using RelayEndpoint = EndpointAs<struct RelayRole>;        // local form: what the relay socket is bound to
using PeerEndpoint = EndpointAs<struct PeerRole>;          // local form too, if the peer is a relay of ours
using ExternalEndpoint = EndpointAs<struct ExternalRole>;  // as others see it (AddressMap)

// Holds a CIDR prefix. An address alone is a prefix of its full length.
struct IpPrefix {
  IpAddress address;
  std::uint8_t bits = 0;

  // Parses "192.0.2.0/24" or an address. Host bits that are set are cleared. Returns nullopt for other text
  // and for lengths beyond the family's.
  static std::optional<IpPrefix> parse(std::string_view text);
  bool contains(const IpAddress& other) const;
  std::string to_string() const;

  auto operator<=>(const IpPrefix&) const = default;
};

// Says how the client talks to the server (RFC 8656 5), not how data is relayed.
enum class Transport : std::uint8_t { udp = 0, tcp = 1, tls = 2, dtls = 3 };

constexpr bool is_stream(Transport t) { return t == Transport::tcp || t == Transport::tls; }
std::string_view to_string(Transport t);

// Identifies an allocation: client and server transport address and the transport (RFC 8656 3.2).
struct FiveTuple {
  ClientEndpoint client;
  ServerEndpoint server;
  Transport transport = Transport::udp;
  std::uint8_t zero[3] = {};  // no unnamed padding: hashed as bytes

  auto operator<=>(const FiveTuple&) const = default;
};

static_assert(std::has_unique_object_representations_v<Endpoint> && sizeof(Endpoint) == 20);
static_assert(std::has_unique_object_representations_v<ClientEndpoint> && sizeof(ClientEndpoint) == 20);
static_assert(std::has_unique_object_representations_v<FiveTuple> && sizeof(FiveTuple) == 44);

}  // namespace turnpike
