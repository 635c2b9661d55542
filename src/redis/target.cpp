#include "turnpike/redis/target.hpp"

#include <fmt/format.h>
#include <sys/un.h>

#include <algorithm>
#include <boost/algorithm/string/predicate.hpp>
#include <boost/url/grammar/alnum_chars.hpp>
#include <boost/url/grammar/lut_chars.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <charconv>

namespace turnpike::redis {
namespace {

namespace urls = boost::urls;

constexpr std::uint32_t kDatabaseMax = 65535;
constexpr std::string_view kUnix = "unix:";

// What a resolver may be asked for, and a sentinel: a URL allows escapes and more punctuation in a host.
bool is_name(std::string_view name) {
  static constexpr urls::grammar::lut_chars kAllowed =
      urls::grammar::lut_chars(urls::grammar::alnum_chars) + "-._";
  return !name.empty() && std::ranges::all_of(name, kAllowed);
}

bool has_host(const urls::url_view& url) {
  const bool is_address =
      url.host_type() == urls::host_type::ipv4 || url.host_type() == urls::host_type::ipv6;
  return is_address || (url.host_type() == urls::host_type::name && is_name(url.encoded_host()));
}

// "" and "/" are the first one.
std::optional<std::uint32_t> database_in(std::string_view path) {
  if (path.starts_with('/')) path.remove_prefix(1);
  std::uint32_t number = 0;
  if (path.empty()) return number;
  const auto [end, error] = std::from_chars(path.data(), path.data() + path.size(), number);
  if (error != std::errc() || end != path.data() + path.size() || number > kDatabaseMax) return std::nullopt;
  return number;
}

std::string fault_of_unix_path(std::string_view path) {
  if (!path.starts_with('/')) return "names no absolute path behind unix:";
  if (path.size() >= sizeof(sockaddr_un::sun_path))
    return fmt::format("has a path of more than {} bytes", sizeof(sockaddr_un::sun_path) - 1);
  return path.find('\0') == path.npos ? "" : "has a zero byte in its path";
}

// "" if nothing is.
std::string fault_of(const urls::url_view& url, bool with_sentinels) {
  if (!boost::iequals(url.scheme(), "redis") && !boost::iequals(url.scheme(), "rediss"))
    return "is neither redis:, rediss: nor unix:";
  if (url.has_password()) return "has a password, which belongs in a file";
  if (!has_host(url)) return "names no server";
  if (with_sentinels && url.has_port())
    return "has a port, but names a master, of which sentinels know the port";
  if (url.has_port() && url.port_number() == 0) return "has no port of a server";
  if (url.has_query() || url.has_fragment()) return "has a query or a fragment";
  const std::string_view path = url.encoded_path();
  if ((!path.empty() && !path.starts_with('/')) || !database_in(path))
    return fmt::format("has a path that is no number of a database, 0 to {}", kDatabaseMax);
  return "";
}

}  // namespace

std::optional<Place> Place::parse(std::string_view text, std::uint16_t port_by_default) {
  const std::string whole = fmt::format("redis://{}", text);
  const auto url = urls::parse_uri(whole);
  if (!url || !has_host(*url) || url->has_userinfo() || !url->encoded_path().empty() || url->has_query() ||
      url->has_fragment() || (url->has_port() && url->port_number() == 0)) {
    return std::nullopt;
  }
  return Place{url->host_address(), url->has_port() ? url->port_number() : port_by_default};
}

std::string Place::text() const {
  return host.find(':') == std::string::npos ? fmt::format("{}:{}", host, port)
                                             : fmt::format("[{}]:{}", host, port);
}

Result<Target, std::string> Target::parse(std::string_view url, const std::vector<std::string>& sentinels) {
  Target target;
  for (const std::string& sentinel : sentinels) {
    auto place = Place::parse(sentinel, kSentinelPort);
    if (!place) return fmt::format("has a sentinel that is no HOST:PORT, {}", sentinel);
    target.sentinels.push_back(std::move(*place));
  }
  if (sentinels.size() > kSentinelsMax) return fmt::format("has more than {} sentinels", kSentinelsMax);

  if (url.starts_with(kUnix)) {
    target.unix_path = url.substr(kUnix.size());
    if (std::string fault = fault_of_unix_path(target.unix_path); !fault.empty()) return fault;
    if (!sentinels.empty()) return std::string("is a Unix socket, of which sentinels know nothing");
    return target;
  }
  const auto parsed = urls::parse_uri(url);
  if (!parsed) return std::string("is no URL like redis://HOST:PORT");
  if (std::string fault = fault_of(*parsed, !sentinels.empty()); !fault.empty()) return fault;
  target.is_secure = boost::iequals(parsed->scheme(), "rediss");
  target.login.user = parsed->user();
  target.database = *database_in(parsed->encoded_path());
  if (sentinels.empty()) {
    target.place = {parsed->host_address(), parsed->has_port() ? parsed->port_number() : kPort};
  } else {
    target.master = parsed->host_address();
  }
  return target;
}

}  // namespace turnpike::redis
