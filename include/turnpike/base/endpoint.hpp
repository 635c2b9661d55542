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

// The numbers are those of STUN's address attributes (RFC 8489 14.1).
enum class Family : std::uint8_t { none = 0, ipv4 = 1, ipv6 = 2 };

// An IPv4 or IPv6 address in network order. IPv4 is kept as ::ffff:a.b.c.d with family ipv4, so all addresses
// compare and hash alike; an IPv6 address that happens to be ::ffff:a.b.c.d keeps family ipv6 and is a
// different value.
class IpAddress {
 public:
  constexpr IpAddress() = default;
  static IpAddress v4(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d);
  // 4 bytes make an IPv4 address, 16 an IPv6 one; any other size is a programming error.
  static IpAddress from_bytes(Bytes wire);
  // Dotted or colon notation without brackets, zone or port.
  static std::optional<IpAddress> parse(std::string_view text);

  Family family() const { return family_; }
  bool is_v4() const { return family_ == Family::ipv4; }
  bool is_v6() const { return family_ == Family::ipv6; }
  // 4 or 16 bytes in network order.
  Bytes wire() const { return is_v4() ? Bytes{bytes_}.subspan(12) : Bytes{bytes_}; }
  // Always 16 bytes, IPv4 as ::ffff:a.b.c.d.
  const std::array<std::uint8_t, 16>& bytes16() const { return bytes_; }
  // The same bits as IPv4, if this is an IPv6 address of the form ::ffff:a.b.c.d; otherwise the address
  // itself.
  IpAddress unmapped() const;
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

  // "192.0.2.1:3478" or "[2001:db8::1]:3478".
  static std::optional<Endpoint> parse(std::string_view text);
  std::string to_string() const;
  Family family() const { return address.family(); }
  Endpoint with_port(std::uint16_t other) const { return {address, other}; }

  auto operator<=>(const Endpoint&) const = default;
};

// An endpoint in a role. Each role is a type of its own, so that two endpoints which are swapped do not
// compile: to leave a role or to enter one takes a word, plain() or the name of the type.
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
using ServerEndpoint = EndpointAs<struct ServerRole>;      // that the client talks to
using RelayEndpoint = EndpointAs<struct RelayRole>;        // local form, that the relay socket is bound to
using PeerEndpoint = EndpointAs<struct PeerRole>;          // local form, too, where the peer is ours
using ExternalEndpoint = EndpointAs<struct ExternalRole>;  // of whomever, as others see it (AddressMap)

// A CIDR prefix; a bare address is a prefix of its full length.
struct IpPrefix {
  IpAddress address;
  std::uint8_t bits = 0;

  // Refuses lengths beyond the family's; host bits that are set are cleared.
  static std::optional<IpPrefix> parse(std::string_view text);
  bool contains(const IpAddress& other) const;
  std::string to_string() const;

  auto operator<=>(const IpPrefix&) const = default;
};

// How the client talks to us (RFC 8656 section 5), not what is relayed.
enum class Transport : std::uint8_t { udp = 0, tcp = 1, tls = 2, dtls = 3 };

constexpr bool is_stream(Transport t) { return t == Transport::tcp || t == Transport::tls; }
std::string_view to_string(Transport t);

// What identifies an allocation (RFC 8656 3.2): client and server transport address and the transport.
struct FiveTuple {
  ClientEndpoint client;
  ServerEndpoint server;
  Transport transport = Transport::udp;
  std::uint8_t zero[3] = {};

  auto operator<=>(const FiveTuple&) const = default;
};

static_assert(std::has_unique_object_representations_v<Endpoint> && sizeof(Endpoint) == 20);
static_assert(std::has_unique_object_representations_v<ClientEndpoint> && sizeof(ClientEndpoint) == 20);
static_assert(std::has_unique_object_representations_v<FiveTuple> && sizeof(FiveTuple) == 44);

}  // namespace turnpike
