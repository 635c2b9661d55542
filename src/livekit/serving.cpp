#include "turnpike/livekit/serving.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "turnpike/livekit/embedded_credentials.hpp"
#include "turnpike/livekit/media_peers.hpp"

namespace turnpike::livekit {
namespace {

constexpr std::uint16_t kHttpsPort = 443;  // which LiveKit tells its clients, whatever turn.tls_port is
constexpr std::int64_t kExternalTtlDefault_s = 14400;
constexpr std::string_view kWebhookPath = "/livekit/webhook";

template <class T>
void add_once(std::vector<T>& all, const T& one) {
  if (std::ranges::find(all, one) == all.end()) all.push_back(one);
}

void serve_embedded(const ServerConfig& config, Serving& out) {
  const EmbeddedTurn& turn = config.turn;
  out.ttl_s = embedded_ttl_s(turn.ttl_seconds);
  if (turn.udp_port != 0) {
    add_once(out.udp, turn.udp_port);
    for (const IpAddress& address : config.rtc.node_ip) {
      out.urls.push_back(fmt::format("turn:{}?transport=udp", Endpoint{address, turn.udp_port}.to_string()));
    }
  }
  if (turn.tls_port != 0) {
    add_once(out.tls, kHttpsPort);
    if (turn.external_tls) add_once(out.behind_balancer, turn.tls_port);
    out.urls.push_back(fmt::format("turns:{}:{}?transport=tcp", turn.domain, kHttpsPort));
  }
}

void serve_external(const ExternalTurn& entry, Serving& out) {
  const bool is_tls = entry.transport == Transport::tls;
  const bool is_udp = entry.transport == Transport::udp;
  add_once(is_tls ? out.tls : is_udp ? out.udp : out.tcp, entry.port);
  if (!entry.secret.empty()) {
    add_once(out.rest_secrets, entry.secret);
  } else if (!entry.username.empty()) {
    out.users.emplace(entry.username, entry.credential);
  }
  add_once(out.urls, fmt::format("{}:{}:{}?transport={}", is_tls ? "turns" : "turn", entry.host, entry.port,
                                 is_udp ? "udp" : "tcp"));
  if (out.ttl_s == 0) out.ttl_s = embedded_ttl_s(entry.ttl_s == 0 ? kExternalTtlDefault_s : entry.ttl_s);
}

// From here; a wildcard listens on loopback, too.
Endpoint api_of(const ServerConfig& config) {
  Endpoint api{IpAddress::v4(127, 0, 0, 1), config.port};
  for (const std::string& text : config.bind_addresses) {
    const auto address = IpAddress::parse(text);
    if (!address || text == "0.0.0.0" || text == "::") continue;
    api.address = *address;
    break;
  }
  return api;
}

// LiveKit sends its clients there with no name at all.
bool has_no_credentials(const ExternalTurn& entry) {
  return entry.secret.empty() && entry.secret_file.empty() &&
         (entry.username.empty() || entry.credential.empty());
}

std::vector<std::string> what_is_understood(const ServerConfig& config, const Serving& served,
                                            const Given& given) {
  std::vector<std::string> lines;
  if (!config.keys.empty())
    lines.push_back(fmt::format("{}: {}, for credentials, webhooks and access tokens", config.keys_source,
                                config.keys.size()));
  if (!config.keys.empty()) {
    lines.push_back(fmt::format(
        "port: LiveKit is asked who is there at {}{}; if it is elsewhere, livekit.url has to say so",
        served.api_url(), config.has_redis ? " (one node tells of all)" : ""));
  }
  if (config.turn.enabled) {
    lines.emplace_back("turn.enabled: this server takes the place of LiveKit's own TURN server");
    lines.push_back(
        fmt::format("turn.per_user_relay_allocation_limit: a participant has at most {} allocations",
                    config.turn.allocations_per_user));
  }
  if (config.turn.enabled && config.turn.proxy_protocol) {
    lines.emplace_back(
        "turn.proxy_protocol: connections from turn.proxy_protocol_trusted_cidrs begin with a PROXY header");
  }
  if (!config.turn.cert_file.empty())
    lines.push_back(fmt::format("turn.cert_file: the certificate is {}", config.turn.cert_file));
  if (!served.rest_secrets.empty()) {
    lines.push_back(fmt::format("rtc.turn_servers: {} for credentials",
                                served.rest_secrets.size() == 1 ? "a secret" : "secrets"));
  }
  for (const auto& [name, password] : served.users) {
    lines.push_back(
        fmt::format("rtc.turn_servers: the name {} and its password, which all participants share", name));
  }
  if (!served.urls.empty())
    lines.push_back(
        fmt::format("turn and rtc.turn_servers: clients are sent to {}", fmt::join(served.urls, " ")));
  if (served.relay_ports) {
    lines.push_back(fmt::format("turn.relay_range_start: relay ports are {}-{}", served.relay_ports->min,
                                served.relay_ports->max));
  }
  const MediaPeers peers = media_peers(config);
  for (const turn::PeerRule& rule : peers.allow) {
    lines.push_back(fmt::format("rtc and turn: clients may reach {} at ports {}-{}", rule.prefix.to_string(),
                                rule.port_min, rule.port_max));
  }
  for (const turn::PeerRule& rule : peers.deny) {
    lines.push_back(fmt::format("turn.deny_peer_cidrs: clients never reach {}", rule.prefix.to_string()));
  }
  if (!peers.missing.empty() && !given.peers) lines.push_back(fmt::format("rtc: {}", peers.missing));
  return lines;
}

std::vector<std::string> what_is_ignored(const ServerConfig& config) {
  std::vector<std::string> lines = config.ignored;
  for (const ExternalTurn& entry : config.turn_servers) {
    if (!has_no_credentials(entry)) continue;
    lines.push_back(fmt::format("rtc.turn_servers: {}:{} has neither a secret nor username and credential",
                                entry.host, entry.port));
  }
  return lines;
}

bool is_public_bind(const ServerConfig& config, const std::string& text) {
  const auto address = IpAddress::parse(text);
  return text == "0.0.0.0" || text == "::" ||
         (address && std::ranges::find(config.rtc.node_ip, *address) != config.rtc.node_ip.end());
}

// Which clients and events never find their way here.
struct Need {
  bool (*is_open)(const ServerConfig&, const Serving&, const Given&);
  std::string_view text;
};
constexpr Need kNeeds[] = {
    {[](const ServerConfig& c, const Serving&, const Given&) { return c.keys.empty(); },
     "keys: there are none in this file, nor in LIVEKIT_KEYS; those that LiveKit has from elsewhere are "
     "needed "
     "in credentials.livekit_keys"},
    {[](const ServerConfig&, const Serving& s, const Given&) { return s.urls.empty(); },
     "turn, rtc.turn_servers: clients are not sent to any TURN server: list this one in rtc.turn_servers "
     "with a secret, or set "
     "turn.enabled "
     "with turn.udp_port or turn.tls_port"},
    {[](const ServerConfig&, const Serving& s, const Given&) {
       return !s.urls.empty() &&
              std::ranges::none_of(s.urls, [](const auto& url) { return url.starts_with("turns:"); });
     },
     "rtc.turn_servers: none has `protocol: tls`, and turn.tls_port is not set: LiveKit never makes clients "
     "fall back to TLS"},
    {[](const ServerConfig& c, const Serving&, const Given&) {
       return c.turn.enabled && std::ranges::any_of(c.turn.bind_addresses, [&](const auto& text) {
                return is_public_bind(c, text);
              });
     },
     "turn.bind_addresses: LiveKit's own TURN server holds the ports that this one needs: give it an address "
     "that nobody reaches, such as "
     "127.0.0.9"},
    {[](const ServerConfig& c, const Serving&, const Given& given) {
       return c.turn.enabled && c.turn.udp_port != 0 && c.rtc.node_ip.empty() && !given.addresses;
     },
     "rtc.node_ip: clients are sent to turn.udp_port of an address that LiveKit finds itself: this server "
     "must have that one"},
    {[](const ServerConfig& c, const Serving&, const Given&) {
       return c.turn.enabled && c.turn.tls_port != 0 && !c.turn.external_tls && c.turn.cert_file.empty();
     },
     "turn.external_tls: must be true, or LiveKit asks for a certificate of its own for turn.tls_port"},
    {[](const ServerConfig& c, const Serving&, const Given&) {
       return std::ranges::none_of(c.webhook_urls,
                                   [](const auto& url) { return url.ends_with(kWebhookPath); });
     },
     "webhook.urls: none ends in /livekit/webhook: participants who are removed keep their relays until the "
     "next reconciliation"},
    {[](const ServerConfig& c, const Serving&, const Given&) {
       return !c.webhook_urls.empty() && !c.keys.contains(c.webhook_api_key);
     },
     "webhook.api_key: is none of keys, so no webhook can be verified"},
};

}  // namespace

Serving serving(const ServerConfig& config) {
  Serving out;
  out.api = api_of(config);
  if (config.turn.enabled) serve_embedded(config, out);
  for (const ExternalTurn& entry : config.turn_servers) {
    if (!has_no_credentials(entry)) serve_external(entry, out);
  }
  if (out.ttl_s == 0) out.ttl_s = embedded_ttl_s(config.turn.ttl_seconds);
  if (config.turn.relay_range_start != 0 && config.turn.relay_range_end != 0) {
    out.relay_ports = turn::PortRange{config.turn.relay_range_start, config.turn.relay_range_end};
  }
  return out;
}

Notes explain(const ServerConfig& config, const Given& given) {
  const Serving served = serving(config);
  Notes notes{what_is_understood(config, served, given), what_is_ignored(config), {}};
  for (const Need& need : kNeeds) {
    if (need.is_open(config, served, given)) notes.livekit_needs.emplace_back(need.text);
  }
  return notes;
}

}  // namespace turnpike::livekit
