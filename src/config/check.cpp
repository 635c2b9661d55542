#include "turnpike/config/check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "turnpike/auth/opaque_string.hpp"
#include "turnpike/auth/rest_secret.hpp"
#include "turnpike/auth/user_list.hpp"
#include "turnpike/config/coturn.hpp"
#include "turnpike/config/keys.hpp"
#include "turnpike/config/print.hpp"
#include "turnpike/http/url.hpp"
#include "turnpike/livekit/embedded_credentials.hpp"
#include "turnpike/net/sockaddr.hpp"

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

std::string check_certificate(const Config& c) {
  return !c.tls.certificate.empty() && c.tls.key.empty() ? "needs tls.key" : "";
}

std::string check_key(const Config& c) {
  return !c.tls.key.empty() && c.tls.certificate.empty() ? "needs tls.certificate" : "";
}

std::string check_tls_files(const Config& c) {
  const bool has_none = c.tls.certificate.empty() && c.tls.key.empty();
  return !c.listen.tls.empty() && has_none ? "needs tls.certificate and tls.key" : "";
}

// Cannot both listen to streams: [::] takes IPv4, too, where no wildcard of it has the port.
bool overlap(const Endpoint& a, const Endpoint& b) {
  const auto takes = [](const IpAddress& all, const IpAddress& other) {
    return net::is_wildcard(all) && (all.is_v6() || other.is_v4());
  };
  return a.port == b.port &&
         (a.address == b.address || takes(a.address, b.address) || takes(b.address, a.address));
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
  for (const auto& [local, mapped] : c.relay.external) {
    const IpAddress& external = mapped.plain();
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
  for (const auto& [name, password] : c.credentials.users) {
    if (is_hashed_password(password))
      return fmt::format(
          "the password of {} is a key as coturn stores them: give it in credentials.user_keys", name);
  }
  return check_realm(c).empty() ? refusal([&] { auth::UserList(c.credentials.users, c.realm); }) : "";
}
std::string check_user_keys(const Config& c) {
  if (!check_users(c).empty() || !check_realm(c).empty()) return "";
  return refusal([&] { auth::UserList(c.credentials.users, c.realm, c.credentials.user_keys); });
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
  std::string needs;
  if (c.credentials.livekit_keys.empty()) needs = "credentials.livekit_keys";
  if (!c.control.listen) needs += needs.empty() ? "control.listen" : " and control.listen";
  return needs.empty() ? "" : "needs " + needs;
}

std::string check_url(const Config& c) {
  return c.livekit.url.empty() || http::Url::parse(c.livekit.url)
             ? ""
             : fmt::format("{} is no URL of a server, such as http://127.0.0.1:7880", c.livekit.url);
}

std::string check_keys_for_url(const Config& c) {
  return !c.livekit.url.empty() && check_url(c).empty() && c.credentials.livekit_keys.empty()
             ? "needs credentials.livekit_keys"
             : "";
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
  return "";
}

std::string check_exchange(const Config& c) {
  return c.livekit.ice_urls.empty() || !check_ice_urls(c).empty() ? "" : check_livekit(c);
}

std::string check_ice_ttl(const Config& c) {
  const std::uint32_t ttl_s = c.livekit.ice_ttl_s;
  return ttl_s >= 1 && ttl_s <= kIceTtlMax_s ? "" : fmt::format("must be from 1 to {}", kIceTtlMax_s);
}

// Which listener for clients has the port of control.listen.
std::string taken_by(const Config& c) {
  if (!c.control.listen) return "";
  for (const auto& [key, listeners] :
       {std::pair{"listen.tcp", &c.listen.tcp}, {"listen.tls", &c.listen.tls}}) {
    for (const Endpoint& listener : *listeners) {
      if (overlap(listener, *c.control.listen))
        return fmt::format("{} is taken: {} has {}", c.control.listen->to_string(), key,
                           listener.to_string());
    }
  }
  return "";
}

// A default that serves health alone is left out then.
bool may_be_left_out(const Config& c) {
  return c.control.listen == ControlConfig{}.listen && !c.livekit.webhook && c.livekit.ice_urls.empty();
}

std::string check_control(const Config& c) { return may_be_left_out(c) ? "" : taken_by(c); }
std::string warn_of_control(const Config& c) { return may_be_left_out(c) ? taken_by(c) : ""; }

// What is legal and yet probably not meant.

std::uint64_t relay_ports(const Config& c) {
  return std::uint64_t{c.relay.ports.max} - c.relay.ports.min + 1;
}

std::string warn_of_listeners_in_the_range(const Config& c) {
  for (const Endpoint& listener : c.listen.udp) {
    if (c.relay.ports.min <= listener.port && listener.port <= c.relay.ports.max)
      return fmt::format("port {} is one of relay.ports, too, where no relay can have it", listener.port);
  }
  return "";
}

std::string warn_of_quota(std::uint64_t quota, const Config& c) {
  const std::uint64_t relays = relay_ports(c) * std::max<std::size_t>(c.relay.addresses.size(), 1);
  if (quota <= relays) return "";
  return fmt::format("{} is more than there can be: relay.ports has {}{}", quota, relay_ports(c),
                     relays == relay_ports(c) ? "" : fmt::format(", and {} in all", relays));
}

std::string warn_of_unused_certificate(const Config& c) {
  return !c.tls.certificate.empty() && c.listen.tls.empty() ? "is not used: listen.tls has no address" : "";
}

std::string warn_of_unused_balancers(const Config& c) {
  return !c.listen.proxy_protocol.empty() && c.listen.tcp.empty() && c.listen.tls.empty()
             ? "is of no use: neither listen.tcp nor listen.tls has an address"
             : "";
}

struct Rule {
  std::string_view key;
  std::string (*broken)(const Config&);
  std::array<std::string_view, 3> needs = {};  // further keys that must have been understood
};

constexpr Rule kRules[] = {
    {"realm", check_realm},
    {"listen.udp", [](const Config& c) { return find_twice(c.listen.udp); }},
    {"listen.tcp", [](const Config& c) { return find_twice(c.listen.tcp); }},
    {"listen.tls", check_tcp_and_tls, {"listen.tcp"}},
    {"listen.tls", check_tls_files, {"tls.certificate", "tls.key", "livekit.config"}},
    {"tls.certificate", check_certificate, {"tls.key"}},
    {"tls.key", check_key, {"tls.certificate"}},
    {"relay.addresses", check_relay_addresses},
    {"relay.external", check_external},
    {"relay.ports", check_relay_ports},
    {"credentials.users", check_users, {"realm"}},
    {"credentials.user_keys", check_user_keys, {"realm", "credentials.users"}},
    {"credentials.rest_secrets", check_rest_secrets},
    {"credentials.livekit_keys", check_livekit_keys},
    {"credentials.rest_separator",
     [](const Config& c) {
       return std::string(c.credentials.rest_separator.empty() ? "must not be empty" : "");
     }},
    {"limits.lifetime_default_s", check_lifetime, {"limits.lifetime_max_s"}},
    {"livekit.url", check_url},
    {"livekit.url", check_keys_for_url, {"credentials.livekit_keys", "livekit.config"}},
    {"livekit.reconcile_s", check_reconcile},
    {"livekit.webhook",
     [](const Config& c) { return c.livekit.webhook ? check_livekit(c) : ""; },
     {"credentials.livekit_keys", "control.listen", "livekit.config"}},
    {"livekit.ice_urls", check_ice_urls},
    {"livekit.ice_urls", check_exchange, {"credentials.livekit_keys", "control.listen", "livekit.config"}},
    {"livekit.ice_ttl_s", check_ice_ttl},
    {"control.listen", check_control, {"listen.tcp", "listen.tls"}},
    {"nonce_life_s",
     [](const Config& c) { return std::string(c.nonce_life_s == 0 ? "must be at least 1" : ""); }},
};

constexpr Rule kWarnings[] = {
    {"listen.udp", warn_of_listeners_in_the_range, {"relay.ports"}},
    {"listen.proxy_protocol", warn_of_unused_balancers, {"listen.tcp", "listen.tls"}},
    {"tls.certificate", warn_of_unused_certificate, {"listen.tls", "livekit.config"}},
    {"control.listen", warn_of_control, {"listen.tcp", "listen.tls"}},
    {"limits.allocations_per_user",
     [](const Config& c) { return warn_of_quota(c.limits.allocations_per_user, c); },
     {"relay.ports", "relay.addresses"}},
    {"limits.allocations",
     [](const Config& c) { return warn_of_quota(c.limits.allocations, c); },
     {"relay.ports", "relay.addresses"}},
};

// Empty: its feature is there, or the value is one that is off.
std::string check_built(const Key& key, const Config& config) {
  const auto& accepted = key.accepted_until_built;
  const std::string value = print_value(key, config);
  if (accepted.empty() || std::ranges::find(accepted, value) != accepted.end()) return "";
  return fmt::format("{} is not built yet", value);
}

bool can_be_judged(const Rule& rule, const KeyNames& failed) {
  return !failed.contains(rule.key) &&
         std::ranges::none_of(rule.needs, [&](std::string_view key) { return failed.contains(key); });
}

}  // namespace

std::string place_of(std::string_view key, const Origins& origins) {
  const auto found = origins.find(key);
  return found == origins.end() ? std::string(key) : found->second;
}

Findings find_broken_rules(const Config& config, const Origins& origins, const KeyNames& failed) {
  Findings findings;
  const auto note = [&](Severity severity, std::string_view key, std::string text) {
    if (!text.empty())
      findings.push_back({severity, std::string(key), place_of(key, origins), std::move(text)});
  };
  for (const Key& key : all_keys()) note(Severity::error, key.name, check_built(key, config));
  for (const Rule& rule : kRules) {
    if (can_be_judged(rule, failed)) note(Severity::error, rule.key, rule.broken(config));
  }
  for (const Rule& rule : kWarnings) {
    if (can_be_judged(rule, failed)) note(Severity::warning, rule.key, rule.broken(config));
  }
  return findings;
}

}  // namespace turnpike::config
