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
std::string_view to_string(UriError error);

struct ServerUri {
  enum class Scheme : std::uint8_t { stun, stuns, turn, turns };

  Scheme scheme = Scheme::turn;
  std::string host;  // a name, or an address without brackets
  std::uint16_t port = 0;
  Transport transport = Transport::udp;

  // Scheme and transport are taken in either case; what the URI leaves out has its default (3478 or 5349; UDP
  // or TLS).
  static Result<ServerUri, UriError> parse(std::string_view text);

  bool is_turn() const { return scheme == Scheme::turn || scheme == Scheme::turns; }
  bool is_secure() const { return scheme == Scheme::stuns || scheme == Scheme::turns; }
  // The host, where it is an address.
  std::optional<IpAddress> address() const { return IpAddress::parse(host); }
  // False for an address behind a secure scheme: there is no name that a certificate could prove (RFC
  // 8489 6.2.3, 8.1).
  bool is_verifiable() const { return !is_secure() || !address(); }
  // With its port, and with its transport if the scheme may carry one.
  std::string to_string() const;

  bool operator==(const ServerUri&) const = default;
};

}  // namespace turnpike::client
