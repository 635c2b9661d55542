#include "turnpike/config/livekit_defaults.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "turnpike/base/address_map.hpp"
#include "turnpike/config/livekit_redis.hpp"
#include "turnpike/config/names.hpp"
#include "turnpike/livekit/media_peers.hpp"
#include "turnpike/livekit/serving.hpp"

namespace turnpike::config {
namespace {

constexpr turn::PortRange kRelayPortsDefault{
    30000, 40000};  // LiveKit's own: those of this server are LiveKit's media ports

struct Input {
  const livekit::ServerConfig& file;
  const livekit::Serving& served;
  std::vector<IpAddress>
      node;  // rtc.node_ip; behind 1:1 NAT LiveKit names its public addresses, and these are the local ones

  // No certificate of ours nor of LiveKit: then somebody else ends TLS in front of us.
  bool has_balancer(const Config& config) const {
    return config.tls.certificate.empty() && !served.behind_balancer.empty();
  }

  bool takes_the_place_of_the_node() const { return file.turn.enabled && !node.empty(); }

  // LiveKit's own server, whose place is taken, still holds the ports of an address that nobody reaches: a
  // wildcard would collide with it.
  std::vector<Endpoint> endpoints(const std::vector<std::uint16_t>& ports) const {
    std::vector<Endpoint> endpoints;
    for (const std::uint16_t port : ports) {
      if (!takes_the_place_of_the_node()) {
        std::ranges::copy(all_addresses(port), std::back_inserter(endpoints));
      } else {
        for (const IpAddress& address : node) endpoints.push_back({address, port});
      }
    }
    return endpoints;
  }
};

// In this order: what listens on which port depends on the certificate.
struct Default {
  std::string_view key;
  std::string_view source;  // keys of LiveKit's file
  bool (*is_said)(const Input&);
  void (*set)(const Input&, Config&);
};
constexpr auto kAlways = [](const Input&) { return true; };
constexpr auto kHasCertificate = [](const Input& in) { return !in.file.turn.cert_file.empty(); };
constexpr auto kIsNode = [](const Input& in) { return in.takes_the_place_of_the_node(); };
constexpr auto kIsServed = [](const Input& in) { return !in.served.urls.empty(); };
constexpr auto kHasStunServers = [](const Input& in) { return !in.file.rtc.stun_servers.empty(); };
constexpr Default kDefaults[] = {
    {"tls.certificate", "turn.cert_file", kHasCertificate,
     [](const Input& in, Config& c) { c.tls.certificate = in.file.turn.cert_file; }},
    {"tls.key", "turn.key_file", kHasCertificate,
     [](const Input& in, Config& c) { c.tls.key = in.file.turn.key_file; }},
    {"listen.udp", "turn.udp_port, rtc.turn_servers", kIsServed,
     [](const Input& in, Config& c) { c.listen.udp = in.endpoints(in.served.udp); }},
    {"listen.tcp", "turn.tls_port, rtc.turn_servers", kIsServed,
     [](const Input& in, Config& c) {
       c.listen.tcp = in.endpoints(in.served.tcp);
       if (in.has_balancer(c))
         std::ranges::copy(in.endpoints(in.served.behind_balancer), std::back_inserter(c.listen.tcp));
     }},
    {"listen.tls", "turn.tls_port, rtc.turn_servers", kIsServed,
     [](const Input& in, Config& c) {
       c.listen.tls = in.endpoints(in.has_balancer(c) ? std::vector<std::uint16_t>{} : in.served.tls);
     }},
    {"listen.proxy_protocol", "turn.proxy_protocol, turn.proxy_protocol_trusted_cidrs",
     [](const Input& in) { return in.file.turn.enabled && in.file.turn.proxy_protocol; },
     [](const Input& in, Config& c) { c.listen.proxy_protocol = in.file.turn.proxy_protocol_trusted; }},
    {"relay.addresses", "rtc.node_ip", kIsNode,
     [](const Input& in, Config& c) { c.relay.addresses = in.node; }},
    {"relay.stun_servers", "rtc.stun_servers", kHasStunServers,
     [](const Input& in, Config& c) { c.relay.stun_servers = in.file.rtc.stun_servers; }},
    {"relay.external", "rtc.use_external_ip",
     [](const Input& in) { return in.file.rtc.use_external_ip && kHasStunServers(in); },
     [](const Input&, Config& c) { c.relay.external_is_found = true; }},
    {"relay.ports", "turn.relay_range_start", kAlways,
     [](const Input& in, Config& c) { c.relay.ports = in.served.relay_ports.value_or(kRelayPortsDefault); }},
    {"limits.allocations_per_user", "turn.per_user_relay_allocation_limit",
     [](const Input& in) { return in.file.turn.enabled; },
     [](const Input& in, Config& c) { c.limits.allocations_per_user = in.file.turn.allocations_per_user; }},
    {"livekit.url", "port", kAlways,
     [](const Input& in, Config& c) {
       c.livekit.url = c.credentials.livekit_keys.empty() ? "" : in.served.api_url();
     }},
    {"http.upstream", "port, turn.domain", [](const Input& in) { return !in.file.turn.domain.empty(); },
     [](const Input& in, Config& c) {
       const bool has_tls = !c.listen.tls.empty() && !c.tls.certificate.empty();
       if (has_tls && c.http.upstream.empty()) c.http.upstream = {{.server = in.served.api}};
     }},
    {"livekit.webhook", "keys", kAlways,
     [](const Input&, Config& c) {
       c.livekit.webhook = !c.credentials.livekit_keys.empty() && c.control.listen;
     }},
    {"livekit.ice_urls", "turn, rtc.turn_servers", kIsServed,
     [](const Input& in, Config& c) {
       if (!c.credentials.livekit_keys.empty() && c.control.listen) c.livekit.ice_urls = in.served.urls;
     }},
    {"livekit.ice_ttl_s", "turn.ttl_seconds, rtc.turn_servers: ttl", kAlways,
     [](const Input& in, Config& c) { c.livekit.ice_ttl_s = static_cast<std::uint32_t>(in.served.ttl_s); }},
    {"fleet.redis.url", "redis",
     [](const Input& in) { return in.file.has_redis && redis_of_livekit(in.file.redis); },
     [](const Input& in, Config& c) {
       RedisConfig redis = *redis_of_livekit(in.file.redis);
       redis.password_file = c.fleet.redis.password_file;
       redis.prefix = c.fleet.redis.prefix;
       redis.tls = c.fleet.redis.tls;
       c.fleet.redis = std::move(redis);
     }},
};

void add_credentials(const Input& in, CredentialsConfig& credentials) {
  credentials.livekit_keys.insert(in.file.keys.begin(), in.file.keys.end());
  for (const std::string& secret : in.served.rest_secrets) {
    auto& secrets = credentials.rest_secrets;
    if (std::ranges::find(secrets, secret) == secrets.end()) secrets.push_back(secret);
  }
  credentials.users.insert(in.served.users.begin(), in.served.users.end());
}

std::vector<IpAddress> to_local(std::vector<IpAddress> addresses, const AddressMap& external) {
  for (IpAddress& address : addresses) address = external.to_local(ExternalAddress(address));
  return addresses;
}

void add_peers(const livekit::ServerConfig& file, Loaded& loaded) {
  Config& config = loaded.config;
  const livekit::MediaPeers media = livekit::media_peers(file);
  const bool is_given = !config.peers.allow.empty() || has_names(config, "peers.allow") ||
                        loaded.failed.contains("peers.allow");
  if (!media.missing.empty() && !is_given && file.faults.empty())
    loaded.findings.push_back({Severity::error, "peers.allow", config.livekit.config, media.missing});
  std::ranges::copy(media.allow, std::back_inserter(config.peers.allow));
  std::ranges::copy(media.deny, std::back_inserter(config.peers.deny));
}

// Clients that are sent to TLS here find none, unless somebody in front of us ends it.
void warn_of_no_tls(const Input& in, Loaded& loaded) {
  if (!in.has_balancer(loaded.config) || loaded.origins.contains("listen.tls")) return;
  loaded.findings.push_back(
      {Severity::warning, "tls.certificate", loaded.config.livekit.config,
       fmt::format(
           "tls.certificate: there is none, so there is no TLS here: port {} is plain TCP, for a balancer "
           "that ends TLS for clients at 443",
           fmt::join(in.served.behind_balancer, ", "))});
}

void warn_of_redis(const livekit::ServerConfig& file, Loaded& loaded) {
  if (!file.has_redis || loaded.origins.contains("fleet.redis.url")) return;
  const auto redis = redis_of_livekit(file.redis);
  if (redis) return;
  loaded.findings.push_back(
      {Severity::warning, "fleet.redis.url", loaded.config.livekit.config,
       fmt::format("redis: {}: nodes of this server share nothing, unless fleet.redis.url has another one",
                   redis.error())});
}

}  // namespace

void add_livekit_defaults(Loaded& loaded, const livekit::ServerConfig& file) {
  Config& config = loaded.config;
  const livekit::Given given{
      .peers = !config.peers.allow.empty() || has_names(config, "peers.allow"),
      .addresses = loaded.origins.contains("listen.udp") || loaded.origins.contains("relay.addresses")};
  const livekit::Serving served = livekit::serving(file);
  const Input input{file, served, to_local(file.rtc.node_ip, AddressMap(config.relay.external))};
  add_credentials(input, config.credentials);
  add_peers(file, loaded);
  warn_of_no_tls(input, loaded);
  warn_of_redis(file, loaded);
  for (const Default& each : kDefaults) {
    if (loaded.origins.contains(each.key) || !each.is_said(input)) continue;
    each.set(input, config);
    loaded.origins.emplace(each.key, fmt::format("{}: {}: {}", config.livekit.config, each.source, each.key));
  }
  livekit::ServerConfig with_own_keys = file;
  with_own_keys.keys = config.credentials.livekit_keys;
  livekit::Notes notes = livekit::explain(with_own_keys, given);
  // A need may be what a fault has left out.
  if (!file.faults.empty()) notes.livekit_needs.clear();
  for (const std::string& need : notes.livekit_needs) {
    loaded.findings.push_back(
        {Severity::warning, "livekit.config", config.livekit.config, "LiveKit still needs: " + need});
  }
  if (const RedisConfig& redis = config.fleet.redis; redis.is_livekits)
    notes.understood.push_back(
        fmt::format("redis: servers like this one share there who is barred, below {}", redis.prefix));
  loaded.understood = std::move(notes.understood);
  loaded.ignored = std::move(notes.ignored);
}

}  // namespace turnpike::config
