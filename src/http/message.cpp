#include "turnpike/http/message.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <boost/algorithm/string/predicate.hpp>
#include <ctime>
#include <iomanip>
#include <iterator>
#include <locale>
#include <sstream>
#include <string_view>

#include "turnpike/http/beast.hpp"

namespace turnpike::http {
namespace {

using Field = std::pair<std::string_view, std::string_view>;

constexpr Field kDefaults[] = {{"Cache-Control", "no-store"}, {"X-Content-Type-Options", "nosniff"}};

std::string_view reason_of(unsigned status) {
  const auto reason = boost::beast::http::obsolete_reason(boost::beast::http::int_to_status(status));
  return {reason.data(), reason.size()};
}

void append_field(std::string& text, std::string_view name, std::string_view value) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  const std::size_t start = text.size();
  text.append(name).append(": ").append(value);
  std::replace_if(text.begin() + static_cast<std::ptrdiff_t>(start), text.end(), is_control, ' ');
  text.append("\r\n");
}

bool has_field(const Response& response, std::string_view name) {
  return std::any_of(response.fields.begin(), response.fields.end(),
                     [&](const auto& f) { return boost::iequals(f.first, name); });
}

// RFC 9110 6.4.1.
bool may_have_body(unsigned status) { return status >= 200 && status != 204 && status != 304; }

}  // namespace

Response http_error(unsigned status) {
  Response response;
  response.status = status;
  response.body = fmt::format("{}\n", reason_of(status));
  return response;
}

std::string to_wire(const Response& response, ResponseFraming framing, UnixSeconds date) {
  const bool has_body = may_have_body(response.status);
  std::string text = fmt::format("HTTP/1.1 {} {}\r\n", response.status, reason_of(response.status));
  append_field(text, "Date",
               fmt::format("{:%a, %d %b %Y %H:%M:%S} GMT", fmt::gmtime(static_cast<std::time_t>(date))));
  append_field(text, "Connection", framing.keep_alive ? "keep-alive" : "close");
  if (has_body) append_field(text, "Content-Length", fmt::to_string(response.body.size()));
  if (has_body && !response.body.empty()) append_field(text, "Content-Type", response.content_type);
  for (const auto& [name, value] : kDefaults) {
    if (!has_field(response, name)) append_field(text, name, value);
  }
  for (const auto& [name, value] : response.fields) append_field(text, name, value);
  text.append("\r\n");
  if (has_body && framing.with_body) text.append(response.body);
  return text;
}

std::optional<UnixSeconds> parse_date(std::string_view text) {
  if (!text.ends_with(" GMT")) return std::nullopt;
  std::istringstream in{std::string(text)};
  in.imbue(std::locale::classic());
  std::tm utc{};
  in >> std::get_time(&utc, "%a, %d %b %Y %H:%M:%S GMT");
  if (in.fail() || in.peek() != std::istringstream::traits_type::eof()) return std::nullopt;
  return timegm(&utc);
}

}  // namespace turnpike::http
