// The URL of an HTTP server, as configurations have it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace turnpike::http {

struct Url {
  bool is_secure = false;
  std::string host;  // a name, or an address without brackets
  std::uint16_t port = 0;
  std::string base;  // what every path begins with: "", or "/livekit"

  // http: and https:, or ws: and wss: for the same; in either case. No value if it is anything else, or has a
  // user, a query or a fragment.
  static std::optional<Url> parse(std::string_view text);

  // "host:port", as in the Host field; an IPv6 address has its brackets.
  std::string authority() const;

  bool operator==(const Url&) const = default;
};

}  // namespace turnpike::http
