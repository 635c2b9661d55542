#include "turnpike/config/check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <span>
#include <utility>
#include <vector>

#include "turnpike/config/example_secrets.hpp"
#include "turnpike/config/keys.hpp"
#include "turnpike/config/print.hpp"
#include "turnpike/config/rules.hpp"

namespace turnpike::config {
namespace {

std::string check_lifetime(const Config& c) {
  if (c.limits.lifetime_default_s == 0) return "must be at least 1";
  return c.limits.lifetime_default_s <= c.limits.lifetime_max_s ? ""
                                                                : "must not be above limits.lifetime_max_s";
}

constexpr Rule kOtherRules[] = {
    {"limits.lifetime_default_s", check_lifetime, {"limits.lifetime_max_s"}},
    {"nonce_life_s",
     [](const Config& c) { return std::string(c.nonce_life_s == 0 ? "must be at least 1" : ""); }},
};

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

std::uint64_t relays_in_all(const Config& c) {
  return relay_ports(c) * std::max<std::size_t>(c.relay.addresses.size(), 1);
}

std::string warn_of_quota(std::uint64_t quota, const Config& c) {
  const std::uint64_t relays = relays_in_all(c);
  if (quota <= relays) return "";
  return fmt::format("{} is more than there can be: relay.ports has {}{}", quota, relay_ports(c),
                     relays == relay_ports(c) ? "" : fmt::format(", and {} in all", relays));
}

// A browser has two peer connections, each with a relay of either family or for either component.
constexpr std::uint64_t kRelaysOfBrowser = 4;

std::string warn_of_few_ports(const Config& c) {
  const std::uint64_t relays = relays_in_all(c);
  const bool is_told = !warn_of_quota(c.limits.allocations_per_user, c).empty() ||
                       !warn_of_quota(c.limits.allocations, c).empty();
  if (relays >= 2 * kRelaysOfBrowser || is_told) return "";
  return fmt::format(
      "{} ports are few: a browser takes up to {}, and a port gets its next client before it has rested for "
      "relay.port_quiet_s",
      relays, kRelaysOfBrowser);
}

std::string warn_of_unused_certificate(const Config& c) {
  return !c.tls.certificate.empty() && c.listen.tls.empty() ? "is not used: listen.tls has no address" : "";
}

std::string warn_of_unused_balancers(const Config& c) {
  return !c.listen.proxy_protocol.empty() && c.listen.tcp.empty() && c.listen.tls.empty()
             ? "is of no use: neither listen.tcp nor listen.tls has an address"
             : "";
}

constexpr std::string_view kFromAnExample =
    "stands in an example, so that everybody knows it: `openssl rand -hex 32` makes one";

std::string warn_of_examples(const auth::Secrets& by_name) {
  const auto found =
      std::ranges::find_if(by_name, [](const auto& each) { return is_example_secret(each.second); });
  return found == by_name.end() ? "" : fmt::format("the secret of {} {}", found->first, kFromAnExample);
}
std::string warn_of_example(std::string_view secret) {
  return is_example_secret(secret) ? fmt::format("the secret {}", kFromAnExample) : "";
}

constexpr Rule kWarnings[] = {
    {"credentials.users", [](const Config& c) { return warn_of_examples(c.credentials.users); }},
    {"credentials.rest_secrets",
     [](const Config& c) {
       const auto& secrets = c.credentials.rest_secrets;
       const auto found = std::ranges::find_if(secrets, is_example_secret);
       return found == secrets.end() ? "" : warn_of_example(*found);
     }},
    {"credentials.livekit_keys",
     [](const Config& c) { return warn_of_examples(c.credentials.livekit_keys); }},
    {"fleet.secret", [](const Config& c) { return warn_of_example(c.fleet.secret); }},
    {"listen.udp", warn_of_listeners_in_the_range, {"relay.ports"}},
    {"listen.proxy_protocol", warn_of_unused_balancers, {"listen.tcp", "listen.tls"}},
    {"tls.certificate", warn_of_unused_certificate, {"listen.tls", "livekit.config"}},
    {"control.listen", warn_of_control, {"listen.tcp", "listen.tls"}},
    {"relay.ports",
     warn_of_few_ports,
     {"relay.addresses", "limits.allocations_per_user", "limits.allocations"}},
    {"limits.allocations_per_user",
     [](const Config& c) { return warn_of_quota(c.limits.allocations_per_user, c); },
     {"relay.ports", "relay.addresses"}},
    {"limits.allocations_per_shared_user",
     [](const Config& c) {
       const bool is_own = c.limits.allocations_per_shared_user != c.limits.allocations_per_user;
       return is_own ? warn_of_quota(c.limits.allocations_per_shared_user, c) : "";
     },
     {"relay.ports", "relay.addresses", "limits.allocations_per_user"}},
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

// As the keys stand in the file.
std::vector<Rule> all_rules() {
  std::vector<Rule> rules(std::begin(kOtherRules), std::end(kOtherRules));
  for (const auto more :
       {address_rules(), credential_rules(), livekit_rules(), by_name_rules(), fleet_rules()})
    rules.insert(rules.end(), more.begin(), more.end());
  std::ranges::stable_sort(rules, {}, [](const Rule& rule) { return find_key(rule.key); });
  return rules;
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
  for (const Rule& rule : all_rules()) {
    if (can_be_judged(rule, failed)) note(Severity::error, rule.key, rule.broken(config));
  }
  for (const Key& key : all_keys()) note(Severity::error, key.name, check_built(key, config));
  for (const auto warnings : {std::span<const Rule>(kWarnings), by_name_warnings(), fleet_warnings()}) {
    for (const Rule& rule : warnings) {
      if (can_be_judged(rule, failed)) note(Severity::warning, rule.key, rule.broken(config));
    }
  }
  return findings;
}

}  // namespace turnpike::config
