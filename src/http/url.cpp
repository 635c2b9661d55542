#include "turnpike/http/url.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/algorithm/string/predicate.hpp>
#include <charconv>

#include "turnpike/base/endpoint.hpp"

namespace turnpike::http {
namespace {

struct Scheme {
  std::string_view text;
  bool is_secure;
  std::uint16_t port;
};
constexpr Scheme kSchemes[] = {
    {"http://", false, 80}, {"https://", true, 443}, {"ws://", false, 80}, {"wss://", true, 443}};

bool is_all_of(std::string_view text, std::string_view further) {
  return std::ranges::all_of(text, [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           further.find(c) != std::string_view::npos;
  });
}

// Takes the host from the front of "host:port".
std::optional<std::string> take_host(std::string_view& authority) {
  const std::size_t bracket = authority.starts_with('[') ? 1 : 0;
  std::size_t end = authority.find(bracket != 0 ? ']' : ':');
  if (end == std::string_view::npos) end = bracket != 0 ? 0 : authority.size();
  if (end <= bracket) return std::nullopt;
  const std::string host(authority.substr(bracket, end - bracket));
  authority.remove_prefix(end + bracket);
  const auto address = IpAddress::parse(host);
  const bool is_good = bracket != 0 ? address && address->is_v6() : is_all_of(host, "-._");
  return is_good ? std::optional(host) : std::nullopt;
}

// ":8080"; nothing is the default.
bool read_port(std::string_view text, std::uint16_t& port) {
  if (text.empty()) return true;
  if (!text.starts_with(':')) return false;
  const auto [end, error] = std::from_chars(text.data() + 1, text.data() + text.size(), port);
  return error == std::errc() && end == text.data() + text.size() && port != 0;
}

}  // namespace

std::optional<Url> Url::parse(std::string_view text) {
  const auto* scheme = std::ranges::find_if(
      kSchemes, [&](const Scheme& each) { return boost::istarts_with(text, each.text); });
  if (scheme == std::end(kSchemes)) return std::nullopt;
  text.remove_prefix(scheme->text.size());
  const std::size_t path_start = std::min(text.find('/'), text.size());
  std::string_view authority = text.substr(0, path_start);
  std::string_view base = text.substr(path_start);
  while (base.ends_with('/')) base.remove_suffix(1);

  Url url{scheme->is_secure, "", scheme->port, std::string(base)};
  const auto host = take_host(authority);
  if (!host || !read_port(authority, url.port) || !is_all_of(base, "/-._~%!$&'()*+,;=:@"))
    return std::nullopt;
  url.host = *host;
  return url;
}

std::string Url::authority() const {
  return host.find(':') == std::string::npos ? fmt::format("{}:{}", host, port)
                                             : fmt::format("[{}]:{}", host, port);
}

}  // namespace turnpike::http
