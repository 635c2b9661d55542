// A request and a response of HTTP as values.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "turnpike/base/endpoint.hpp"
#include "turnpike/base/time.hpp"

namespace turnpike::http {

// A request without any decoding: a handler that wants a percent-encoded query decodes it. Fields that were
// not sent are "".
struct Request {
  std::string method{};  // "GET"; methods are case-sensitive
  std::string path{};    // "/metrics"
  std::string query{};   // behind the '?'
  std::string authorization{};
  std::string content_type{};
  std::string origin{};
  // Sec-Fetch-Site: how the page that asks is related to this site, in a browser's words
  std::string fetch_site{};
  std::string host{};  // Host field: a name or an address, perhaps with a port
  // host and port of a target that is a whole URI, which overrides Host (RFC 9112 3.2.2)
  std::string authority{};
  std::string body{};
  // the client, also behind a known proxy (Limits::proxies); without a family on a Unix socket
  IpAddress from{};
  bool by_tls = false;  // the connection came by TLS (Adopted)
};

// A response; framing, Date and connection fields are added when it is sent.
struct Response {
  unsigned status = 200;
  std::string content_type = "text/plain; charset=utf-8";  // not sent if there is no body
  std::string body{};
  std::vector<std::pair<std::string, std::string>> fields{};  // further header fields, names in any case

  bool operator==(const Response&) const = default;
};

// Returns a response whose body is the status in words.
Response http_error(unsigned status);

// Parses a Date field in the preferred form of RFC 9110 5.6.7; returns no value for anything else.
std::optional<UnixSeconds> parse_date(std::string_view text);

}  // namespace turnpike::http
