#include "turnpike/config/keys.hpp"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cctype>
#include <optional>
#include <type_traits>
#include <utility>

#include "turnpike/config/by_name.hpp"
#include "turnpike/config/value.hpp"

namespace turnpike::config {
namespace {

// The member of the configuration that a path of member pointers leads to.
template <auto... path>
auto& member(auto& config) {
  // clang-format off
  return (config .* ... .* path);
  // clang-format on
}

template <class Value>
constexpr Names names_of = Names::none;
template <>
constexpr Names names_of<std::optional<Endpoint>> = Names::one;
template <>
constexpr Names names_of<std::vector<Endpoint>> = Names::many;
template <>
constexpr Names names_of<std::vector<IpAddress>> = Names::many;
template <>
constexpr Names names_of<std::vector<IpPrefix>> = Names::many;
template <>
constexpr Names names_of<std::vector<turn::PeerRule>> = Names::many;
template <>
constexpr Names names_of<ServersByName> = Names::targets;
template <>
constexpr Names names_of<std::vector<HttpUpstream>> = Names::targets;

template <auto... path>
Key key(std::string_view name, std::string_view value, std::string_view help,
        std::vector<std::string_view> accepted_until_built = {}) {
  return {name,
          value,
          help,
          [](const YAML::Node& node, Config& config) { decode(node, member<path...>(config)); },
          [](YAML::Emitter& out, const Config& config) { encode(out, member<path...>(config)); },
          std::move(accepted_until_built),
          TextForm::yaml,
          names_of<std::remove_cvref_t<decltype(member<path...>(std::declval<Config&>()))>>};
}

Key secret(TextForm form, Key key) {
  key.text_form = form;
  return key;
}

void read_workers(const YAML::Node& node, Config& config) { decode_workers(node, config.workers); }
void print_workers(YAML::Emitter& out, const Config& config) { encode_workers(out, config.workers); }

void read_external(const YAML::Node& node, Config& config) {
  RelayConfig& relay = config.relay;
  const bool is_auto = node.IsScalar() && node.Scalar() == "auto";
  const bool is_map = node.IsMap() || is_off(node);
  decode(is_map ? node : YAML::Node(), relay.external);
  decode(is_map || is_auto ? YAML::Node() : node, relay.external_by_family);
  relay.external_is_found = is_auto || !is_map;
}
void print_external(YAML::Emitter& out, const Config& config) {
  const RelayConfig& relay = config.relay;
  if (!relay.external_is_found) return encode(out, relay.external);
  if (relay.external_by_family.empty()) {
    out << "auto";
  } else {
    encode(out, relay.external_by_family);
  }
}

// A password in it would be printed with it. Before the @ there may be a user alone.
void read_redis_url(const YAML::Node& node, Config& config) {
  decode(node, config.fleet.redis.url);
  const std::string& url = config.fleet.redis.url;
  const std::string before = url.substr(0, url.rfind('@') == std::string::npos ? 0 : url.rfind('@'));
  if (before.find(':') != before.rfind(':'))
    throw BadValue(node, "must hold no password: give it in fleet.redis.password_file");
}

const std::vector<Key> kKeys = {
    key<&Config::realm>("realm", "NAME", "realm of the credentials, at most 127 characters"),
    {"workers",
     "N|auto",
     "number of workers; auto: one per core",
     read_workers,
     print_workers,
     {},
     TextForm::yaml},

    key<&Config::listen, &ListenConfig::udp>("listen.udp", "[ADDRESS:PORT]",
                                             "addresses for clients over UDP"),
    key<&Config::listen, &ListenConfig::tcp>("listen.tcp", "[ADDRESS:PORT]",
                                             "addresses for clients over TCP"),
    key<&Config::listen, &ListenConfig::tls>("listen.tls", "[ADDRESS:PORT]",
                                             "addresses for clients over TLS"),
    key<&Config::listen, &ListenConfig::dtls>("listen.dtls", "[ADDRESS:PORT]",
                                              "addresses for clients over DTLS", {"[]"}),
    key<&Config::listen, &ListenConfig::proxy_protocol>(
        "listen.proxy_protocol", "[CIDR]",
        "CIDRs of balancers, whose TCP and TLS connections begin with a PROXY header"),

    key<&Config::tls, &TlsConfig::certificate>("tls.certificate", "FILE",
                                               "PEM file of the certificate and its chain"),
    key<&Config::tls, &TlsConfig::key>("tls.key", "FILE", "PEM file of the private key"),
    key<&Config::tls, &TlsConfig::min_version>("tls.min_version", "1.2|1.3",
                                               "oldest version of TLS that is taken"),
    key<&Config::tls, &TlsConfig::names>("tls.names", "{NAME: {certificate: FILE, key: FILE}}",
                                         "certificates for clients that ask for these names"),
    key<&Config::tls, &TlsConfig::passthrough>(
        "tls.passthrough", "{NAME: ADDRESS:PORT}",
        "TLS servers that get the connections of clients that ask for these names"),
    key<&Config::tls, &TlsConfig::passthrough_proxy_protocol>("tls.passthrough_proxy_protocol", "true|false",
                                                              "those connections begin with a PROXY header"),

    key<&Config::relay, &RelayConfig::addresses>(
        "relay.addresses", "[ADDRESS]",
        "local addresses that relay ports are opened on; none: those of the default routes"),
    {"relay.external",
     "ADDRESS|{ADDRESS: ADDRESS}|auto",
     "public address of the relays, or of each local one, behind 1:1 NAT; auto: STUN servers say",
     read_external,
     print_external,
     {},
     TextForm::yaml,
     Names::pairs},
    key<&Config::relay, &RelayConfig::stun_servers>("relay.stun_servers", "[HOST:PORT]",
                                                    "STUN servers to ask where relay.external is auto"),
    key<&Config::relay, &RelayConfig::ports>("relay.ports", "FIRST-LAST", "range of relay ports, from 1024"),
    key<&Config::relay, &RelayConfig::port_quiet_s>("relay.port_quiet_s", "SECONDS",
                                                    "how long a freed relay port rests"),
    key<&Config::relay, &RelayConfig::engine>("relay.engine", "auto|kernel|sockets",
                                              "what relays channels; auto: the kernel where it can"),
    key<&Config::relay, &RelayConfig::tcp>("relay.tcp", "true|false", "TCP relays (RFC 6062)", {"false"}),
    key<&Config::relay, &RelayConfig::default_family>("relay.default_family", "auto|ipv4|ipv6",
                                                      "family of relays whose client names none"),
    key<&Config::relay, &RelayConfig::wait_for_addresses_s>(
        "relay.wait_for_addresses_s", "SECONDS", "how long the start waits for addresses of this host"),

    secret(TextForm::secret_map, key<&Config::credentials, &CredentialsConfig::users>(
                                     "credentials.users", "{NAME: PASSWORD}", "configured users")),
    key<&Config::credentials, &CredentialsConfig::users_file>("credentials.users_file", "FILE",
                                                              "file with more of users"),
    secret(TextForm::secret_map,
           key<&Config::credentials, &CredentialsConfig::user_keys>(
               "credentials.user_keys", "{NAME: KEY}", "users by their MD5 key in hexadecimal digits")),
    secret(TextForm::secret_list,
           key<&Config::credentials, &CredentialsConfig::rest_secrets>(
               "credentials.rest_secrets", "[SECRET]", "TURN REST shared secrets, newest first")),
    key<&Config::credentials, &CredentialsConfig::rest_secrets_file>(
        "credentials.rest_secrets_file", "FILE", "file with more of rest_secrets, a list or one per line"),
    secret(TextForm::secret_map, key<&Config::credentials, &CredentialsConfig::livekit_keys>(
                                     "credentials.livekit_keys", "{KEY: SECRET}", "LiveKit's API keys")),
    key<&Config::credentials, &CredentialsConfig::livekit_keys_file>(
        "credentials.livekit_keys_file", "FILE", "file with more of livekit_keys, LiveKit's own key file"),
    key<&Config::credentials, &CredentialsConfig::check_expiry>("credentials.check_expiry", "allocate|always",
                                                                "when an expired credential is refused"),
    key<&Config::credentials, &CredentialsConfig::end_unverified>(
        "credentials.end_unverified", "true|false",
        "a reload ends allocations whose credential it takes away"),
    key<&Config::credentials, &CredentialsConfig::rest_separator>(
        "credentials.rest_separator", "SEPARATOR", "what stands between expiry and user of TURN REST names"),
    key<&Config::credentials, &CredentialsConfig::rest_ttl_max_s>(
        "credentials.rest_ttl_max_s", "SECONDS",
        "how far ahead the expiry of a TURN REST name may lie; 0: no limit"),

    key<&Config::peers, &PeersConfig::allow>("peers.allow", "[CIDR]",
                                             "CIDR or CIDR:ports of peers allowed besides public ones"),
    key<&Config::peers, &PeersConfig::deny>("peers.deny", "[CIDR]",
                                            "CIDR or CIDR:ports of peers refused, before allow"),

    key<&Config::limits, &LimitsConfig::allocations_per_user>("limits.allocations_per_user", "N",
                                                              "allocations of one user"),
    key<&Config::limits, &LimitsConfig::allocations_per_shared_user>(
        "limits.allocations_per_shared_user", "N", "allocations of a name that many share; 0: no limit"),
    key<&Config::limits, &LimitsConfig::allocations>("limits.allocations", "N",
                                                     "allocations in all; 0: as many as ports allow"),
    key<&Config::limits, &LimitsConfig::bytes_per_second_per_user>(
        "limits.bytes_per_second_per_user", "BYTES",
        "relayed bytes per second of one user, both directions together; 0: no limit"),
    key<&Config::limits, &LimitsConfig::bytes_per_second_per_room>(
        "limits.bytes_per_second_per_room", "BYTES",
        "relayed bytes per second of all participants of a room together; 0: no limit"),
    key<&Config::limits, &LimitsConfig::permissions_per_allocation>("limits.permissions_per_allocation", "N",
                                                                    "permissions of an allocation"),
    key<&Config::limits, &LimitsConfig::channels_per_allocation>("limits.channels_per_allocation", "N",
                                                                 "channels of an allocation"),
    key<&Config::limits, &LimitsConfig::lifetime_default_s>("limits.lifetime_default_s", "SECONDS",
                                                            "least lifetime granted"),
    key<&Config::limits, &LimitsConfig::lifetime_max_s>("limits.lifetime_max_s", "SECONDS",
                                                        "greatest lifetime granted"),
    key<&Config::limits, &LimitsConfig::unauthenticated_per_second_per_ip>(
        "limits.unauthenticated_per_second_per_ip", "N",
        "answers a second to requests without valid credentials; 0: no limit"),
    key<&Config::limits, &LimitsConfig::connections_per_ip>("limits.connections_per_ip", "N",
                                                            "TCP and TLS connections of one address"),
    key<&Config::limits, &LimitsConfig::connections>(
        "limits.connections", "N", "TCP and TLS connections in all; 0: half of the descriptors"),
    key<&Config::limits, &LimitsConfig::handshakes>(
        "limits.handshakes", "N", "handshakes and PROXY headers that wait; the oldest makes room"),

    key<&Config::mobility>("mobility", "true|false", "mobility tickets (RFC 8016)", {"false"}),
    key<&Config::compat, &CompatConfig::rfc5766_channels>("compat.rfc5766_channels", "true|false",
                                                          "channel numbers up to 0x7FFF"),
    key<&Config::compat, &CompatConfig::rfc3489>("compat.rfc3489", "true|false",
                                                 "Binding requests without the magic cookie"),
    key<&Config::compat, &CompatConfig::strict_permissions>(
        "compat.strict_permissions", "true|false",
        "permissions of channels last 300 seconds, not as long as they"),
    key<&Config::nat_discovery, &NatDiscoveryConfig::other_address>(
        "nat_discovery.other_address", "ADDRESS:PORT", "second address and port for RFC 5780", {"\"\""}),
    key<&Config::livekit, &LiveKitConfig::config>("livekit.config", "FILE", "LiveKit's configuration file"),
    key<&Config::livekit, &LiveKitConfig::url>("livekit.url", "URL",
                                               "URL of LiveKit's server API, which tells who is there"),
    key<&Config::livekit, &LiveKitConfig::reconcile_s>("livekit.reconcile_s", "SECONDS",
                                                       "how often it is asked who is there"),
    key<&Config::livekit, &LiveKitConfig::webhook>("livekit.webhook", "true|false",
                                                   "take webhooks of LiveKit"),
    key<&Config::livekit, &LiveKitConfig::ice_urls>("livekit.ice_urls", "[URI]",
                                                    "URIs of this server for whoever shows an access token"),
    key<&Config::livekit, &LiveKitConfig::ice_ttl_s>("livekit.ice_ttl_s", "SECONDS",
                                                     "how long credentials for access tokens last"),
    key<&Config::livekit, &LiveKitConfig::cors_origins>("livekit.cors_origins", "[ORIGIN]",
                                                        "sites whose scripts may exchange access tokens"),
    key<&Config::livekit, &LiveKitConfig::exchanges_per_second_per_ip>(
        "livekit.exchanges_per_second_per_ip", "N",
        "access tokens that one address may exchange a second; 0: no limit"),
    key<&Config::http, &HttpConfig::upstream>(
        "http.upstream", "ADDRESS:PORT|{HOST[/PREFIX]: ADDRESS:PORT}",
        "HTTP server behind TLS listeners, or one for each host and path"),
    key<&Config::http, &HttpConfig::proxy_protocol>("http.proxy_protocol", "true|false",
                                                    "connections to it begin with a PROXY header"),
    key<&Config::http, &HttpConfig::check_page>(
        "http.check_page", "PATH", "path of the page that shows which ways lead here; none: there is none"),
    key<&Config::http, &HttpConfig::acme_webroot>(
        "http.acme_webroot", "FOLDER", "folder with the answers to ACME's challenges, for TCP listeners"),
    secret(TextForm::secret, key<&Config::fleet, &FleetConfig::secret>(
                                 "fleet.secret", "SECRET",
                                 "secret of all servers of a fleet, which take each other's nonces by it")),
    key<&Config::fleet, &FleetConfig::secret_file>("fleet.secret_file", "FILE", "file with secret, one line"),
    secret(TextForm::secret,
           key<&Config::fleet, &FleetConfig::secret_previous>(
               "fleet.secret_previous", "SECRET", "one more secret that is taken, while they change")),
    key<&Config::fleet, &FleetConfig::secret_previous_file>("fleet.secret_previous_file", "FILE",
                                                            "file with secret_previous, one line"),
    key<&Config::fleet, &FleetConfig::region>("fleet.region", "NAME", "where this server stands"),
    key<&Config::fleet, &FleetConfig::regions>(
        "fleet.regions", "{CIDR: NAME}",
        "regions of clients by their addresses, for the URLs that the token exchange gives"),
    key<&Config::fleet, &FleetConfig::high_water>(
        "fleet.high_water", "SHARE", "load, from 0 to 1, above which new allocations go to other servers"),
    key<&Config::fleet, &FleetConfig::redirects>(
        "fleet.redirects", "true|false", "clients are sent to other servers, and from there to this one"),
    {"fleet.redis.url",
     "URL",
     "Redis or Valkey that the fleet shares; none: there is none",
     read_redis_url,
     [](YAML::Emitter& out, const Config& config) { encode(out, config.fleet.redis.url); },
     {}},
    key<&Config::fleet, &FleetConfig::redis, &RedisConfig::password_file>("fleet.redis.password_file", "FILE",
                                                                          "file with the password of Redis"),
    key<&Config::fleet, &FleetConfig::redis, &RedisConfig::prefix>("fleet.redis.prefix", "PREFIX",
                                                                   "beginning of every key in Redis"),
    key<&Config::fleet, &FleetConfig::redis, &RedisConfig::tls>("fleet.redis.tls", "true|false",
                                                                "TLS to Redis and Sentinels"),
    key<&Config::fleet, &FleetConfig::redis, &RedisConfig::sentinel>(
        "fleet.redis.sentinel", "[HOST:PORT]", "Sentinels, which know the server of Redis"),
    key<&Config::control, &ControlConfig::socket>("control.socket", "FILE", "administration socket"),
    key<&Config::control, &ControlConfig::listen>(
        "control.listen", "ADDRESS:PORT",
        "address of health checks, and of webhooks and token exchanges of LiveKit"),
    key<&Config::control, &ControlConfig::token_file>(
        "control.token_file", "FILE", "file with the token that administration over control.listen takes"),
    key<&Config::control, &ControlConfig::hosts>("control.hosts", "[NAME]",
                                                 "names of control.listen that requests may call it by"),
    key<&Config::shutdown_grace_s>("shutdown_grace_s", "SECONDS", "how long SIGTERM lets allocations run on"),
    key<&Config::user>("user", "NAME", "user to change to after the start, where it starts as root"),
    key<&Config::nonce_life_s>("nonce_life_s", "SECONDS", "after how long a nonce is stale"),
    key<&Config::log, &log::Options::level>("log.level", "debug|info|warning|error",
                                            "least important events that are logged"),
    key<&Config::log, &log::Options::format>("log.format", "text|json", "form of a line of the log"),
    key<&Config::log, &log::Options::file>("log.file", "FILE", "log file; none: standard output"),
};

}  // namespace

std::span<const Key> all_keys() { return kKeys; }

const Key* find_key(std::string_view name) {
  const auto found = std::ranges::find(all_keys(), name, &Key::name);
  return found == all_keys().end() ? nullptr : &*found;
}

bool is_section(std::string_view name) {
  return std::ranges::any_of(all_keys(),
                             [&](const Key& key) { return key.name.starts_with(std::string(name) + "."); });
}

std::string environment_name(std::string_view key) {
  std::string name = "TURNPIKE_";
  for (const char c : key)
    name += c == '.' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return name;
}

}  // namespace turnpike::config
