// The configuration as typed values. Nesting, names and defaults are those of conf/turnpike.yaml, which
// explains each key.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "turnpike/auth/secrets.hpp"
#include "turnpike/base/address_map.hpp"
#include "turnpike/base/endpoint.hpp"
#include "turnpike/kernel/engine_choice.hpp"
#include "turnpike/log/options.hpp"
#include "turnpike/turn/authenticator.hpp"
#include "turnpike/turn/peer_policy.hpp"
#include "turnpike/turn/port_pool.hpp"
#include "turnpike/yaml/error.hpp"

namespace turnpike::config {

using yaml::ConfigError;

using Engine = kernel::EngineSetting;
enum class TlsVersion { tls1_2, tls1_3 };

// Returns the wildcard addresses of both families with this port.
std::vector<Endpoint> all_addresses(std::uint16_t port);

// The section `listen`: local addresses of listeners by transport.
struct ListenConfig {
  std::vector<Endpoint> udp = all_addresses(3478);
  std::vector<Endpoint> tcp = all_addresses(3478);
  std::vector<Endpoint> tls;
  std::vector<Endpoint> dtls;
  std::vector<IpPrefix> proxy_protocol;  // balancers; their connections begin with a PROXY header

  bool operator==(const ListenConfig&) const = default;
};

// Paths of PEM files.
struct CertificateFiles {
  std::string certificate;
  std::string key;

  bool operator==(const CertificateFiles&) const = default;
};

// Certificates by the name that a TLS client asks for (SNI), in the form of net::name_pattern_in():
// "www.example.org", or "*.example.org" for every name with exactly one label before it that has no entry of
// its own.
using CertificatesByName = std::map<std::string, CertificateFiles>;
// TLS servers by SNI name, in the same form.
using ServersByName = std::map<std::string, Endpoint>;

// The section `tls`: certificates, and other TLS servers by name.
struct TlsConfig {
  std::string certificate;  // paths of PEM files, for clients that ask for no name or an unlisted one
  std::string key;
  TlsVersion min_version = TlsVersion::tls1_2;
  CertificatesByName names = {};
  // Connections that ask for these names go to these servers unchanged, ClientHello included. No name is also
  // in `names`. An exact name beats a wildcard, whichever of the two maps has it.
  ServersByName passthrough = {};
  bool passthrough_proxy_protocol = false;  // those connections begin with a PROXY header, version 2

  bool operator==(const TlsConfig&) const = default;
};

// The section `relay`: addresses and ports of relays, and the engine.
struct RelayConfig {
  std::vector<IpAddress> addresses;  // empty: those of the default routes
  AddressMap::Pairs external;        // local -> public; each address at most once on either side
  // true: `external` is made from the relay addresses, each mapped to the entry of its family in
  // `external_by_family`, or to what STUN servers see if that is empty (`auto`).
  bool external_is_found = false;
  std::vector<IpAddress> external_by_family;
  std::vector<std::string> stun_servers;  // "HOST" or "HOST:PORT", for `auto`
  turn::PortRange ports;
  std::uint32_t port_quiet_s = 30;
  Engine engine = Engine::automatic;
  bool tcp = false;
  std::optional<Family> default_family;    // nullopt: IPv4 if there is an IPv4 relay address
  std::uint32_t wait_for_addresses_s = 0;  // wait at start for addresses that the host lacks

  bool operator==(const RelayConfig&) const = default;
};

// Credential sources. Secrets from the *_file keys follow the inline ones in `users`, `rest_secrets` and
// `livekit_keys`.
struct CredentialsConfig {
  auth::Secrets users;
  std::string users_file;
  auth::Secrets user_keys;                // MD5 keys in hexadecimal, with or without 0x
  std::vector<std::string> rest_secrets;  // newest first
  std::string rest_secrets_file;
  auth::Secrets livekit_keys;
  std::string livekit_keys_file;
  turn::CheckExpiry check_expiry = turn::CheckExpiry::allocate;
  bool end_unverified = false;
  std::string rest_separator = ":";          // not empty
  std::uint32_t rest_ttl_max_s = 2'592'000;  // 0: no limit on how far ahead an expiry lies

  bool operator==(const CredentialsConfig&) const = default;
};

// The section `peers`: rules about peers that clients may reach.
struct PeersConfig {
  std::vector<turn::PeerRule> allow;
  std::vector<turn::PeerRule> deny;

  bool operator==(const PeersConfig&) const = default;
};

// Limits; 0 = no limit. Lifetimes are at least 1, and the default is at most the maximum.
struct LimitsConfig {
  std::uint32_t allocations_per_user = 12;
  std::uint32_t allocations_per_shared_user = 0;  // for user names that many clients share
  std::uint32_t allocations = 0;
  std::uint64_t bytes_per_second_per_user = 0;
  std::uint64_t bytes_per_second_per_room = 0;
  std::uint32_t permissions_per_allocation = 1024;
  std::uint32_t channels_per_allocation = 1024;
  std::uint32_t lifetime_default_s = 600;
  std::uint32_t lifetime_max_s = 3600;
  std::uint32_t unauthenticated_per_second_per_ip = 1000;
  std::uint32_t connections_per_ip = 4096;
  std::uint32_t connections = 0;
  std::uint32_t handshakes = 1024;

  bool operator==(const LimitsConfig&) const = default;
};

// The section `compat`: behaviour of older RFCs, off by default.
struct CompatConfig {
  bool rfc5766_channels = false;
  bool rfc3489 = false;
  bool strict_permissions = false;

  bool operator==(const CompatConfig&) const = default;
};

// The section `nat_discovery`: the second address of RFC 5780.
struct NatDiscoveryConfig {
  std::optional<Endpoint> other_address;

  bool operator==(const NatDiscoveryConfig&) const = default;
};

// The section `livekit`: webhooks, reconciliation and token exchange.
struct LiveKitConfig {
  std::string config;              // path of LiveKit's own file
  std::string url;                 // of LiveKit's server API; empty: it is not asked
  std::uint32_t reconcile_s = 30;  // 1 to 3600
  bool webhook = false;
  std::vector<std::string> ice_urls;  // empty: no token exchange
  std::uint32_t ice_ttl_s = 300;      // 1 to 86,400
  std::vector<std::string> cors_origins;
  std::uint32_t exchanges_per_second_per_ip = 100;  // 0: no limit

  bool operator==(const LiveKitConfig&) const = default;
};

// An HTTP server behind the TLS listeners, for requests that match host and prefix.
struct HttpUpstream {
  std::string host = {};    // in the form of net::host_name_in(); empty: any
  std::string prefix = {};  // of the path: "" for all, or whole segments such as "/rtc"
  Endpoint server = {};

  bool operator==(const HttpUpstream&) const = default;
};

// The section `http`: HTTP on the listeners for clients.
struct HttpConfig {
  std::vector<HttpUpstream> upstream;  // in the order of the file; the longest matching prefix of a host wins
  bool proxy_protocol = false;         // connections to upstreams begin with a PROXY header, version 2
  std::string check_page;              // path of the connectivity check page; empty: none
  std::string acme_webroot;            // folder that has .well-known/acme-challenge; empty: none

  bool operator==(const HttpConfig&) const = default;
};

// The Redis server that the servers of a fleet share.
struct RedisConfig {
  std::string url;  // in the form of redis::Target::parse(); empty: none
  std::string password_file;
  std::string prefix = "turnpike:";  // of every key in Redis
  bool tls = false;
  std::vector<std::string> sentinel;  // "HOST:PORT"
  // Set only from LiveKit's file: there are no keys for these fields, and they are never printed.
  bool is_livekits = false;
  std::string user = {}, password = {}, sentinel_user = {}, sentinel_password = {};

  bool operator==(const RedisConfig&) const = default;
};

// Regions of clients by prefix; the longest matching prefix wins.
using RegionsByPrefix = std::vector<std::pair<IpPrefix, std::string>>;

// The fleet of this server. Secrets from the *_file keys are already in `secret` and `secret_previous`.
struct FleetConfig {
  std::string secret;  // the same on every server of the fleet; empty: no fleet
  std::string secret_file;
  std::string secret_previous;  // also accepted, while secrets change
  std::string secret_previous_file;
  std::string region;
  RegionsByPrefix regions;
  double high_water = 0.8;  // above 0, at most 1
  bool redirects = true;    // send clients to other servers, and receive theirs
  RedisConfig redis;

  bool operator==(const FleetConfig&) const = default;
};

// The section `control`: control socket and control address.
struct ControlConfig {
  std::string socket = "/run/turnpike/control.sock";
  std::optional<Endpoint> listen = Endpoint{IpAddress::v4(127, 0, 0, 1), 9478};
  std::string token_file = {};
  std::string token = {};  // content of the file; empty: no administration over TCP
  // Host names that requests over TCP may use, besides the server's own.
  std::vector<std::string> hosts = {};

  bool operator==(const ControlConfig&) const = default;
};

// A value that contains host names in place of addresses.
struct NamedValue {
  std::string key;
  std::string yaml;  // the value as written, in one line
  std::vector<std::string> names;

  bool operator==(const NamedValue&) const = default;
};

// The whole configuration. A Config from load_config() has passed every check; one made by hand has not.
struct Config {
  std::string realm = "turnpike";  // in OpaqueString form
  std::uint32_t workers = 0;       // 0: one per core
  ListenConfig listen;
  TlsConfig tls;
  RelayConfig relay;
  CredentialsConfig credentials;
  PeersConfig peers;
  LimitsConfig limits;
  bool mobility = false;
  CompatConfig compat;
  NatDiscoveryConfig nat_discovery;
  LiveKitConfig livekit;
  HttpConfig http;
  FleetConfig fleet;
  ControlConfig control;
  std::uint32_t shutdown_grace_s = 0;
  std::uint32_t nonce_life_s = 3600;
  std::string user;  // to change to after a start as root; empty: none
  log::Options log;

  std::vector<NamedValue> named;
  std::vector<std::string> warnings;  // for the log: legal, but probably not meant

  bool operator==(const Config&) const = default;
};

// Returns whether TCP listeners serve HTTP beside TURN: for ACME challenges, which come without TLS, and to
// redirect browsers if TLS listeners have a check page or an upstream.
bool has_plain_http(const Config& config);

}  // namespace turnpike::config
