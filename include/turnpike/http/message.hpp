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

// Fields that were not sent are "". Nothing is decoded: a handler that wants a percent-encoded query decodes
// it.
struct Request {
  std::string method{};  // "GET"; methods are case-sensitive
  std::string path{};    // "/metrics"
  std::string query{};   // what stands behind the '?'
  std::string authorization{};
  std::string content_type{};
  std::string origin{};
  std::string fetch_site{};  // Sec-Fetch-Site: what a browser says of the page that asks
  std::string host{};        // the Host field: a name or an address, and perhaps a port
  std::string authority{};   // the same of a target that is a whole URI, which counts then (RFC 9112 3.2.2)
  std::string body{};
  IpAddress from{};     // the client's, also behind a proxy (Limits); of no family on a Unix socket
  bool by_tls = false;  // as far as this server knows (Adopted)
};

struct Response {
  unsigned status = 200;
  std::string content_type = "text/plain; charset=utf-8";  // left out where there is no body
  std::string body{};
  std::vector<std::pair<std::string, std::string>> fields{};  // further header fields, names in any case

  bool operator==(const Response&) const = default;
};

// The status in words and nothing more.
Response http_error(unsigned status);

// The value of a Date field (RFC 9110 5.6.7) in the form that servers send.
std::optional<UnixSeconds> parse_date(std::string_view text);

}  // namespace turnpike::http
