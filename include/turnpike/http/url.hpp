// The URL of an HTTP server, as configurations have it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace turnpike::control {

struct HttpUrl {
  bool is_secure = false;
  std::string host;  // a name, or an address without brackets
  std::uint16_t port = 0;
  std::string base;  // what every path begins with: "", or "/livekit"

  // http: and https:, or ws: and wss: for the same; in either case. No value if it is anything else, or has a user, a query or a fragment.
  static std::optional<HttpUrl> parse(std::string_view text);

  // "host:port", as in the Host field; an IPv6 address has its brackets.
  std::string authority() const;

  bool operator==(const HttpUrl&) const = default;
};

}  // namespace turnpike::control
