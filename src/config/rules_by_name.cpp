// What is served by name: what cannot be, what leads back to this server, and what nobody will ask for.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <string_view>

#include "turnpike/config/credentials.hpp"
#include "turnpike/config/rules.hpp"
#include "turnpike/net/interfaces.hpp"
#include "turnpike/net/sockaddr.hpp"

namespace turnpike::config {
namespace {

// Another address of this host is not recognised, for a configuration is judged without looking at the host.
bool takes(const Endpoint& listener, const Endpoint& server) {
  const bool is_here =
      net::is_wildcard(listener.address) && net::scope_of(server.address) == net::AddressScope::loopback;
  return listener.port == server.port && (listener.address == server.address || is_here);
}

// Every connection would bring forth another one, without an end.
std::string leads_back(const Config& c, const Endpoint& server) {
  if (net::is_wildcard(server.address))
    return fmt::format("{} is not the address of a server", server.to_string());
  for (const auto& [key, listeners] :
       {std::pair{"listen.tcp", &c.listen.tcp}, {"listen.tls", &c.listen.tls}}) {
    for (const Endpoint& listener : *listeners) {
      if (takes(listener, server))
        return fmt::format("{} leads back here: {} has {}", server.to_string(), key, listener.to_string());
    }
  }
  return "";
}

std::string check_passthrough(const Config& c) {
  for (const auto& [name, server] : c.tls.passthrough) {
    if (auto wrong = leads_back(c, server); !wrong.empty()) return wrong;
  }
  return "";
}

std::string check_name_in_both(const Config& c) {
  for (const auto& [name, server] : c.tls.passthrough) {
    if (c.tls.names.contains(name)) return fmt::format("{} is in tls.names, too", name);
  }
  return "";
}

std::string check_upstream(const Config& c) {
  for (const HttpUpstream& upstream : c.http.upstream) {
    if (auto wrong = leads_back(c, upstream.server); !wrong.empty()) return wrong;
  }
  return "";
}

constexpr std::size_t kPagePathMax = 128;

// It stands in the page as it is here, and none of its files is taken for another path.
std::string check_page_path(const Config& c) {
  const std::string& path = c.http.check_page;
  const auto is_plain = [](char each) {
    return std::isalnum(static_cast<unsigned char>(each)) != 0 ||
           std::string_view("-._~/").find(each) != std::string_view::npos;
  };
  const std::string segments = path + "/";
  const bool leads_elsewhere = segments.find("//") != segments.npos ||
                               segments.find("/./") != segments.npos ||
                               segments.find("/../") != segments.npos;
  const bool is_path = path.starts_with('/') && std::ranges::all_of(path, is_plain) && !leads_elsewhere;
  if (path.empty() || (is_path && path.size() <= kPagePathMax)) return "";
  return fmt::format(
      "\"{}\" is no path such as /.turnpike/check, of letters, digits and -._~, without / at the end", path);
}

constexpr Rule kRules[] = {
    {"http.check_page", check_page_path},
    {"tls.passthrough", check_passthrough, {"listen.tcp", "listen.tls", "livekit.config"}},
    {"tls.passthrough", check_name_in_both, {"tls.names"}},
    {"http.upstream", check_upstream, {"listen.tcp", "listen.tls", "livekit.config"}},
};

std::string unused_without_tls(const Config& c, bool is_given) {
  return is_given && c.listen.tls.empty() ? "is not used: listen.tls has no address" : "";
}

std::string unused_without(bool is_given, bool has_other, std::string_view other) {
  return is_given && !has_other ? fmt::format("is of no use without {}", other) : "";
}

std::string warn_of_webroot(const Config& c) {
  if (c.http.acme_webroot.empty()) return "";
  if (c.listen.tcp.empty()) return "is not used: listen.tcp has no address";
  const bool has_80 = std::ranges::any_of(c.listen.tcp, [](const Endpoint& each) { return each.port == 80; });
  return has_80 ? "" : "challenges are asked for at port 80, which no address of listen.tcp has";
}

constexpr std::size_t kSecretMin = 20;

std::string warn_of_check_page(const Config& c) {
  if (c.http.check_page.empty()) return "";
  if (!admits_visitors(c))
    return "stays off: its credentials are made with fleet.secret, credentials.rest_secrets or "
           "credentials.livekit_keys, and there are none";
  if (visitor_secrets(c).front().size() >= kSecretMin) return "";
  return fmt::format(
      "whoever opens it gets a credential to try secrets against, and that which it is made with has fewer "
      "than {} characters",
      kSecretMin);
}

constexpr Rule kWarnings[] = {
    {"http.check_page",
     [](const Config& c) { return unused_without_tls(c, !c.http.check_page.empty()); },
     {"listen.tls", "livekit.config"}},
    {"http.check_page",
     warn_of_check_page,
     {"credentials.rest_secrets", "credentials.livekit_keys", "livekit.config", "fleet.secret"}},
    {"tls.names",
     [](const Config& c) { return unused_without_tls(c, !c.tls.names.empty()); },
     {"listen.tls", "livekit.config"}},
    {"tls.passthrough",
     [](const Config& c) { return unused_without_tls(c, !c.tls.passthrough.empty()); },
     {"listen.tls", "livekit.config"}},
    {"tls.passthrough_proxy_protocol",
     [](const Config& c) {
       return unused_without(c.tls.passthrough_proxy_protocol, !c.tls.passthrough.empty(), "tls.passthrough");
     },
     {"tls.passthrough"}},
    {"http.upstream",
     [](const Config& c) { return unused_without_tls(c, !c.http.upstream.empty()); },
     {"listen.tls", "livekit.config"}},
    {"http.proxy_protocol",
     [](const Config& c) {
       return unused_without(c.http.proxy_protocol, !c.http.upstream.empty(), "http.upstream");
     },
     {"http.upstream"}},
    {"http.acme_webroot", warn_of_webroot, {"listen.tcp"}},
};

}  // namespace

std::span<const Rule> by_name_rules() { return kRules; }
std::span<const Rule> by_name_warnings() { return kWarnings; }

}  // namespace turnpike::config
