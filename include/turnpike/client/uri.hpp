// STUN and TURN URIs as values (RFC 7064, RFC 7065).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "turnpike/base/endpoint.hpp"
#include "turnpike/base/result.hpp"

namespace turnpike::client {

enum class UriError { unknown_scheme, bad_host, bad_port, bad_transport };
// Returns what is wrong, as a phrase for users.
std::string_view to_string(UriError error);

// Holds one parsed URI of a STUN or TURN server.
struct ServerUri {
  enum class Scheme : std::uint8_t { stun, stuns, turn, turns };

  Scheme scheme = Scheme::turn;
  std::string host;  // a name, or an address without brackets
  std::uint16_t port = 0;
  Transport transport = Transport::udp;

  // Parses a URI. Scheme and transport may be of either case. Missing parts get their defaults: port 3478, or
  // 5349 if secure; transport UDP, or TLS if secure.
  static Result<ServerUri, UriError> parse(std::string_view text);

  bool is_turn() const { return scheme == Scheme::turn || scheme == Scheme::turns; }
  bool is_secure() const { return scheme == Scheme::stuns || scheme == Scheme::turns; }
  // Returns the host if it is an address, else nullopt.
  std::optional<IpAddress> address() const { return IpAddress::parse(host); }
  // Returns false for an address behind a secure scheme: it has no name that a certificate could prove (RFC
  // 8489 6.2.3, 8.1).
  bool is_verifiable() const { return !is_secure() || !address(); }
  // Returns the URI with its port, and with its transport if the scheme may carry one.
  std::string to_string() const;

  bool operator==(const ServerUri&) const = default;
};

}  // namespace turnpike::client
