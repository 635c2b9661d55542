// The configuration as typed values; nesting, names and defaults are those of the file, which
// conf/turnpike.yaml explains.
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

// The port on every address of both families.
std::vector<Endpoint> all_addresses(std::uint16_t port);

struct ListenConfig {
  std::vector<Endpoint> udp = all_addresses(3478);
  std::vector<Endpoint> tcp = all_addresses(3478);
  std::vector<Endpoint> tls;
  std::vector<Endpoint> dtls;
  std::vector<IpPrefix> proxy_protocol;  // balancers whose connections begin with a PROXY header

  bool operator==(const ListenConfig&) const = default;
};

// Paths of PEM files.
struct CertificateFiles {
  std::string certificate;
  std::string key;

  bool operator==(const CertificateFiles&) const = default;
};

// By the name that a TLS client asks for (SNI), in the form of net::name_pattern_in(): "www.example.org", or
// "*.example.org" for all names with one label in front of it that do not stand here themselves.
using CertificatesByName = std::map<std::string, CertificateFiles>;
using ServersByName = std::map<std::string, Endpoint>;

struct TlsConfig {
  std::string certificate;  // paths of PEM files, for clients that ask for no name or for another one
  std::string key;
  TlsVersion min_version = TlsVersion::tls1_2;
  CertificatesByName names = {};
  // Connections that ask for these names go there as they come, ClientHello included. No name is in `names`,
  // too. An exact name goes before a wildcard, whichever of the two maps has it.
  ServersByName passthrough = {};
  bool passthrough_proxy_protocol = false;  // behind a PROXY header, version 2

  bool operator==(const TlsConfig&) const = default;
};

struct RelayConfig {
  std::vector<IpAddress> addresses;  // none: those of the default routes
  AddressMap::Pairs external;        // local -> public; each address at most once on its side
  // The pairs follow from the relay addresses: each is seen as the one of its family, or `auto`, as STUN
  // servers say.
  bool external_is_found = false;
  std::vector<IpAddress> external_by_family;
  std::vector<std::string> stun_servers;  // "HOST" or "HOST:PORT", for `auto`
  turn::PortRange ports;
  std::uint32_t port_quiet_s = 30;
  Engine engine = Engine::automatic;
  bool tcp = false;
  std::optional<Family> default_family;    // none: IPv4 where there is a relay address of it
  std::uint32_t wait_for_addresses_s = 0;  // how long the start waits for addresses that the host lacks

  bool operator==(const RelayConfig&) const = default;
};

// What came from the *_file keys is in `users`, `rest_secrets` and `livekit_keys` already, behind what was
// given inline.
struct CredentialsConfig {
  auth::Secrets users;
  std::string users_file;
  auth::Secrets user_keys;                // MD5 keys in hexadecimal digits, with or without 0x
  std::vector<std::string> rest_secrets;  // newest first
  std::string rest_secrets_file;
  auth::Secrets livekit_keys;
  std::string livekit_keys_file;
  turn::CheckExpiry check_expiry = turn::CheckExpiry::allocate;
  bool end_unverified = false;
  std::string rest_separator = ":";          // not empty
  std::uint32_t rest_ttl_max_s = 2'592'000;  // 0: an expiry may lie as far ahead as it likes

  bool operator==(const CredentialsConfig&) const = default;
};

struct PeersConfig {
  std::vector<turn::PeerRule> allow;
  std::vector<turn::PeerRule> deny;

  bool operator==(const PeersConfig&) const = default;
};

// 0 is no limit, except for the lifetimes: those are at least 1, and the default is not above the maximum.
struct LimitsConfig {
  std::uint32_t allocations_per_user = 12;
  std::uint32_t allocations_per_shared_user = 0;  // of names that stand for no single user
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

struct CompatConfig {
  bool rfc5766_channels = false;
  bool rfc3489 = false;
  bool strict_permissions = false;

  bool operator==(const CompatConfig&) const = default;
};

struct NatDiscoveryConfig {
  std::optional<Endpoint> other_address;

  bool operator==(const NatDiscoveryConfig&) const = default;
};

struct LiveKitConfig {
  std::string config;              // path of LiveKit's own file
  std::string url;                 // of LiveKit's server API; none: it is not asked
  std::uint32_t reconcile_s = 30;  // 1 to 3600
  bool webhook = false;
  std::vector<std::string> ice_urls;  // none: no token exchange
  std::uint32_t ice_ttl_s = 300;      // 1 to 86,400
  std::vector<std::string> cors_origins;
  std::uint32_t exchanges_per_second_per_ip = 100;  // 0: no limit

  bool operator==(const LiveKitConfig&) const = default;
};

// A server for requests of HTTP on TLS listeners.
struct HttpUpstream {
  std::string host = {};    // of the requests, in the form of net::host_name_in(); empty: of any
  std::string prefix = {};  // of their path: "" for all, or whole segments such as "/rtc"
  Endpoint server = {};

  bool operator==(const HttpUpstream&) const = default;
};

struct HttpConfig {
  std::vector<HttpUpstream> upstream;  // in the order of the file: the longest prefix of a host is meant
  bool proxy_protocol = false;         // a connection to an upstream begins with a PROXY header, version 2
  std::string check_page;              // path of the page that shows which ways lead here; empty: none
  std::string acme_webroot;            // folder whose .well-known/acme-challenge is served; empty: none

  bool operator==(const HttpConfig&) const = default;
};

// The store that the servers of a fleet share.
struct RedisConfig {
  std::string url;  // as redis::Target::parse() takes it, with the sentinels; empty: none
  std::string password_file;
  std::string prefix = "turnpike:";  // of every key there
  bool tls = false;
  std::vector<std::string> sentinel;  // "HOST:PORT"
  // From LiveKit's file alone: no key has them, and nothing prints them.
  bool is_livekits = false;
  std::string user = {}, password = {}, sentinel_user = {}, sentinel_password = {};

  bool operator==(const RedisConfig&) const = default;
};

// Which region clients are in: the longest prefix counts.
using RegionsByPrefix = std::vector<std::pair<IpPrefix, std::string>>;

// What came from the *_file keys is in `secret` and `secret_previous` already.
struct FleetConfig {
  std::string secret;  // the same on every server of the fleet; empty: this one stands alone
  std::string secret_file;
  std::string secret_previous;  // taken, too, while secrets change
  std::string secret_previous_file;
  std::string region;
  RegionsByPrefix regions;
  double high_water = 0.8;  // above 0, at most 1
  bool redirects = true;    // clients are sent to other servers, and come from there
  RedisConfig redis;

  bool operator==(const FleetConfig&) const = default;
};

struct ControlConfig {
  std::string socket = "/run/turnpike/control.sock";
  std::optional<Endpoint> listen = Endpoint{IpAddress::v4(127, 0, 0, 1), 9478};
  std::string token_file = {};
  std::string token = {};  // what the file holds; empty: none, and no administration over TCP
  std::vector<std::string> hosts =
      {};  // names that requests over TCP may call the server by, besides its own

  bool operator==(const ControlConfig&) const = default;
};

// A value that was written with names in place of addresses.
struct NamedValue {
  std::string key;
  std::string yaml;  // in one line
  std::vector<std::string> names;

  bool operator==(const NamedValue&) const = default;
};

// A Config that load_config() returned has passed every check; one made by hand has not.
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
  std::string user;  // to change to after the start, where it starts as root; empty: none
  log::Options log;

  std::vector<NamedValue> named;
  std::vector<std::string> warnings;  // for the log: what is legal and yet probably not meant

  bool operator==(const Config&) const = default;
};

// Whether TCP listeners serve HTTP beside TURN: where there is a folder of challenges, which are asked for
// without TLS, and where TLS listeners have a page or an upstream, to which browsers are shown the way.
bool has_plain_http(const Config& config);

}  // namespace turnpike::config
