#include "turnpike/config/check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "turnpike/auth/opaque_string.hpp"
#include "turnpike/auth/rest_secret.hpp"
#include "turnpike/auth/user_list.hpp"
#include "turnpike/config/keys.hpp"
#include "turnpike/config/print.hpp"
#include "turnpike/http/url.hpp"
#include "turnpike/livekit/embedded_credentials.hpp"

namespace turnpike::config {
namespace {

constexpr std::size_t kRealmCharactersMax = 127;  // RFC 8489 14.9
constexpr std::uint16_t kRelayPortMin = 1024;     // SEC-08
constexpr std::uint32_t kReconcileMax_s = 3600;
constexpr std::uint32_t kIceTtlMax_s = 86400;  // as for LiveKit

// A rule returns what is wrong; nothing if all is well.

std::string check_realm(const Config& c) {
  const auto characters = std::ranges::count_if(c.realm, [](char byte) { return (byte & 0xc0) != 0x80; });
  if (c.realm.empty()) return "must not be empty";
  if (static_cast<std::size_t>(characters) > kRealmCharactersMax)
    return fmt::format("is longer than {} characters", kRealmCharactersMax);
  return auth::opaque_string(c.realm) ? "" : "has characters that OpaqueString (RFC 8265) does not allow";
}

template <class T>
std::string find_twice(const std::vector<T>& values) {
  std::set<T> seen;
  for (const T& value : values) {
    if (!seen.insert(value).second) return fmt::format("{} is there twice", value.to_string());
  }
  return "";
}

std::string check_tcp_and_tls(const Config& c) {
  auto both = c.listen.tcp;
  both.insert(both.end(), c.listen.tls.begin(), c.listen.tls.end());
  if (!find_twice(c.listen.tls).empty()) return find_twice(c.listen.tls);
  const std::string shared = find_twice(both);
  return shared.empty() ? "" : shared + ", for listen.tcp has it";
}

std::string check_tls_files(const Config& c) {
  if (c.tls.certificate.empty() != c.tls.key.empty()) return "tls.certificate and tls.key need each other";
  return !c.listen.tls.empty() && c.tls.key.empty() ? "needs tls.certificate and tls.key" : "";
}

// Neither a relay nor what the public sees of it.
std::string not_a_host(const IpAddress& address) {
  for (const char* prefix : {"0.0.0.0/32", "::/128", "224.0.0.0/4", "ff00::/8"}) {
    if (IpPrefix::parse(prefix)->contains(address))
      return fmt::format("{} is not the address of a host", address.to_string());
  }
  return "";
}

std::string check_relay_addresses(const Config& c) {
  for (const IpAddress& address : c.relay.addresses) {
    if (auto wrong = not_a_host(address); !wrong.empty()) return wrong;
  }
  return find_twice(c.relay.addresses);
}

std::string check_external(const Config& c) {
  std::vector<IpAddress> locals;
  std::vector<IpAddress> publics;
  for (const auto& [local, external] : c.relay.external) {
    for (const auto& wrong : {not_a_host(local), not_a_host(external)}) {
      if (!wrong.empty()) return wrong;
    }
    if (local.family() != external.family())
      return fmt::format("{} and {} are of two families", local.to_string(), external.to_string());
    locals.push_back(local);
    publics.push_back(external);
  }
  const std::string twice = find_twice(locals);
  return twice.empty() ? find_twice(publics) : twice;
}

std::string check_relay_ports(const Config& c) {
  return c.relay.ports.min >= kRelayPortMin ? "" : fmt::format("must not be below {}", kRelayPortMin);
}

// The sources have rules of their own.
template <class Make>
std::string refusal(Make make) {
  try {
    make();
    return "";
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
}

std::string check_users(const Config& c) {
  return refusal([&] { auth::UserList(c.credentials.users, c.realm); });
}
std::string check_rest_secrets(const Config& c) {
  return refusal([&] { auth::RestSecrets{c.credentials.rest_secrets}; });
}
std::string check_livekit_keys(const Config& c) {
  return refusal([&] { livekit::EmbeddedCredentials{c.credentials.livekit_keys}; });
}

std::string check_lifetime(const Config& c) {
  if (c.limits.lifetime_default_s == 0) return "must be at least 1";
  return c.limits.lifetime_default_s <= c.limits.lifetime_max_s ? ""
                                                                : "must not be above limits.lifetime_max_s";
}

std::string check_livekit(const Config& c) {
  return c.credentials.livekit_keys.empty() || !c.control.listen
             ? "needs credentials.livekit_keys and control.listen"
             : "";
}

std::string check_url(const Config& c) {
  if (c.livekit.url.empty()) return "";
  if (!http::Url::parse(c.livekit.url))
    return fmt::format("{} is no URL of a server, such as http://127.0.0.1:7880", c.livekit.url);
  return c.credentials.livekit_keys.empty() ? "needs credentials.livekit_keys" : "";
}

std::string check_reconcile(const Config& c) {
  const std::uint32_t interval_s = c.livekit.reconcile_s;
  return interval_s >= 1 && interval_s <= kReconcileMax_s
             ? ""
             : fmt::format("must be from 1 to {}", kReconcileMax_s);
}

std::string check_ice_urls(const Config& c) {
  for (const std::string& url : c.livekit.ice_urls) {
    if (!url.starts_with("turn:") && !url.starts_with("turns:"))
      return fmt::format("{} does not begin with turn: or turns:", url);
  }
  return c.livekit.ice_urls.empty() ? "" : check_livekit(c);
}

std::string check_ice_ttl(const Config& c) {
  const std::uint32_t ttl_s = c.livekit.ice_ttl_s;
  return ttl_s >= 1 && ttl_s <= kIceTtlMax_s ? "" : fmt::format("must be from 1 to {}", kIceTtlMax_s);
}

struct Rule {
  std::string_view key;
  std::string (*broken)(const Config&);
};

constexpr Rule kRules[] = {
    {"realm", check_realm},
    {"listen.udp", [](const Config& c) { return find_twice(c.listen.udp); }},
    {"listen.tcp", [](const Config& c) { return find_twice(c.listen.tcp); }},
    {"listen.tls", check_tcp_and_tls},
    {"listen.tls", check_tls_files},
    {"relay.addresses", check_relay_addresses},
    {"relay.external", check_external},
    {"relay.ports", check_relay_ports},
    {"credentials.users", check_users},
    {"credentials.rest_secrets", check_rest_secrets},
    {"credentials.livekit_keys", check_livekit_keys},
    {"limits.lifetime_default_s", check_lifetime},
    {"livekit.url", check_url},
    {"livekit.reconcile_s", check_reconcile},
    {"livekit.webhook", [](const Config& c) { return c.livekit.webhook ? check_livekit(c) : ""; }},
    {"livekit.ice_urls", check_ice_urls},
    {"livekit.ice_ttl_s", check_ice_ttl},
    {"nonce_life_s",
     [](const Config& c) { return std::string(c.nonce_life_s == 0 ? "must be at least 1" : ""); }},
};

void check_built(const Key& key, const Config& config, const Origins& origins) {
  const auto& accepted = key.accepted_until_built;
  const std::string value = print_value(key, config);
  if (accepted.empty() || std::ranges::find(accepted, value) != accepted.end()) return;
  throw ConfigError(fmt::format("{}: {} is not built yet", place_of(key.name, origins), value));
}

}  // namespace

std::string place_of(std::string_view key, const Origins& origins) {
  const auto found = origins.find(key);
  return found == origins.end() ? std::string(key) : found->second;
}

void validate(const Config& config, const Origins& origins) {
  for (const Key& key : all_keys()) check_built(key, config, origins);
  for (const Rule& rule : kRules) {
    if (const std::string wrong = rule.broken(config); !wrong.empty()) {
      throw ConfigError(fmt::format("{}: {}", place_of(rule.key, origins), wrong));
    }
  }
}

}  // namespace turnpike::config
