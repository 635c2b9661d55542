// The URL of an HTTP server, as configurations have it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace turnpike::http {

// The parts of an http:, https:, ws: or wss: URL.
struct Url {
  bool is_secure = false;
  std::string host;  // a name, or an address without brackets
  std::uint16_t port = 0;
  std::string base;  // prefix of every path: "" or "/livekit"

  // Parses a URL; ws: and wss: count as http: and https:, ignoring case. Returns no value for another scheme,
  // or if there is a user, a query or a fragment.
  static std::optional<Url> parse(std::string_view text);

  // Returns "host:port" as in the Host field, with brackets around an IPv6 address.
  std::string authority() const;

  bool operator==(const Url&) const = default;
};

}  // namespace turnpike::http
