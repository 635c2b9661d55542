#include "turnpike/http/wire.hpp"

#include <fmt/chrono.h>

#include <algorithm>
#include <ctime>
#include <string>
#include <string_view>
#include <utility>

namespace turnpike::http {
namespace {

namespace beast_http = boost::beast::http;
using Name = beast_http::field;

constexpr std::pair<std::string_view, std::string_view> kDefaults[] = {{"Cache-Control", "no-store"},
                                                                       {"X-Content-Type-Options", "nosniff"}};

// RFC 9110 6.4.1.
bool may_have_body(unsigned status) { return status >= 200 && status != 204 && status != 304; }

std::string without_controls(std::string value) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  std::ranges::replace_if(value, is_control, ' ');
  return value;
}

std::string to_date(UnixSeconds date) {
  return fmt::format("{:%a, %d %b %Y %H:%M:%S} GMT", fmt::gmtime(static_cast<std::time_t>(date)));
}

}  // namespace

WireResponse to_wire(const Response& response, ResponseFraming framing, UnixSeconds date) {
  WireResponse wire;
  wire.result(response.status);
  wire.set(Name::date, to_date(date));
  wire.set(Name::connection, framing.keep_alive ? "keep-alive" : "close");
  if (may_have_body(response.status)) {
    wire.content_length(response.body.size());
    if (!response.body.empty()) wire.set(Name::content_type, without_controls(response.content_type));
    if (framing.with_body) wire.body() = response.body;
  }
  for (const auto& [name, value] : response.fields) wire.insert(name, without_controls(value));
  for (const auto& [name, value] : kDefaults) {
    if (!wire.count(name)) wire.set(name, value);
  }
  return wire;
}

}  // namespace turnpike::http
