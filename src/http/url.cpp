#include "turnpike/http/url.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/algorithm/string/predicate.hpp>
#include <boost/url/grammar/alnum_chars.hpp>
#include <boost/url/grammar/lut_chars.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

namespace turnpike::http {
namespace {

namespace urls = boost::urls;

struct Scheme {
  std::string_view name;
  bool is_secure;
  std::uint16_t port;
};
constexpr Scheme kSchemes[] = {
    {"http", false, 80}, {"https", true, 443}, {"ws", false, 80}, {"wss", true, 443}};

const Scheme* find_scheme(std::string_view name) {
  const auto* found =
      std::ranges::find_if(kSchemes, [&](const Scheme& each) { return boost::iequals(each.name, name); });
  return found == std::end(kSchemes) ? nullptr : found;
}

// What a resolver may be asked for: a URL allows escapes and more punctuation in a host's name.
bool is_resolvable(std::string_view name) {
  static constexpr urls::grammar::lut_chars kAllowed =
      urls::grammar::lut_chars(urls::grammar::alnum_chars) + "-._";
  return !name.empty() && std::ranges::all_of(name, kAllowed);
}

// RFC 3986 3.3. Boost 1.81 takes what stands behind "http://[::1]" for a path even without a slash.
bool has_path_apart(const urls::url_view& url) {
  return url.encoded_path().empty() || url.encoded_path().starts_with('/');
}

bool is_server(const urls::url_view& url) {
  const bool is_address =
      url.host_type() == urls::host_type::ipv4 || url.host_type() == urls::host_type::ipv6;
  const bool is_name = url.host_type() == urls::host_type::name && is_resolvable(url.encoded_host());
  return (is_address || is_name) && (!url.has_port() || url.port_number() != 0) && !url.has_userinfo() &&
         !url.has_query() && !url.has_fragment() && has_path_apart(url);
}

}  // namespace

std::optional<Url> Url::parse(std::string_view text) {
  const auto parsed = urls::parse_uri(text);
  const Scheme* const scheme = parsed ? find_scheme(parsed->scheme()) : nullptr;
  if (scheme == nullptr || !is_server(*parsed)) return std::nullopt;
  std::string_view base = parsed->encoded_path();
  while (base.ends_with('/')) base.remove_suffix(1);
  const std::uint16_t port = parsed->has_port() ? parsed->port_number() : scheme->port;
  return Url{scheme->is_secure, parsed->host_address(), port, std::string(base)};
}

std::string Url::authority() const {
  return host.find(':') == std::string::npos ? fmt::format("{}:{}", host, port)
                                             : fmt::format("[{}]:{}", host, port);
}

}  // namespace turnpike::http
