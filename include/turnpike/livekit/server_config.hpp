// What LiveKit's own configuration file says that concerns a TURN server beside it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "turnpike/auth/secrets.hpp"
#include "turnpike/base/endpoint.hpp"
#include "turnpike/livekit/yaml_values.hpp"
#include "turnpike/turn/port_pool.hpp"

namespace turnpike::livekit {

// `turn`: LiveKit's embedded server, whose place this one can take. Defaults are LiveKit's.
struct EmbeddedTurn {
  bool enabled = false;
  std::string domain;
  std::vector<std::string> bind_addresses = {"0.0.0.0"};
  std::uint16_t udp_port = 0;  // 0: not served
  std::uint16_t tls_port =
      0;  // where TLS, or with external_tls a balancer, arrives; clients are always told 443. 0: not served
  bool external_tls = false;
  std::string cert_file, key_file;
  std::uint16_t relay_range_start = 0, relay_range_end = 0;  // 0: not said
  std::int64_t ttl_seconds = 300;                            // as written; see auth::livekit_ttl_s
  std::uint32_t allocations_per_user = 12;
  bool proxy_protocol = false;
  std::vector<IpPrefix> proxy_protocol_trusted = {*IpPrefix::parse("127.0.0.0/8"), *IpPrefix::parse("::1")};
  std::vector<IpPrefix> allow_restricted_peers, deny_peers;

  bool operator==(const EmbeddedTurn&) const = default;
};

// An entry of `rtc.turn_servers`: a server that LiveKit sends its clients to.
struct ExternalTurn {
  std::string host;
  std::uint16_t port = 0;
  Transport transport = Transport::tcp;
  std::string secret;  // what was in secret_file, if that was given alone. Empty: everybody has the same name
                       // and password
  std::string secret_file;
  std::int64_t ttl_s = 0;                      // 0: not said
  std::string username = {}, credential = {};  // of everybody, where there is no secret

  bool operator==(const ExternalTurn&) const = default;
};

// `rtc`: where LiveKit sends and receives media over UDP.
struct Media {
  std::vector<IpAddress> node_ip;
  bool use_external_ip = false;
  std::optional<turn::PortRange> udp_port;
  std::uint16_t port_range_start = 0, port_range_end = 0;  // 0: not said
  bool use_stun_port_as_ice = false;
  std::vector<std::string> stun_servers = {};  // "host:port"

  bool operator==(const Media&) const = default;
};

// `redis`: what LiveKit's nodes share.
struct Redis {
  std::string address = {};  // "host:port"
  std::string username = {}, password = {};
  std::int64_t db = 0;
  bool use_tls = false;
  std::vector<std::string> sentinel_addresses = {};  // these, or cluster_addresses, stand in for `address`
  std::string sentinel_master_name = {}, sentinel_username = {}, sentinel_password = {};
  std::vector<std::string> cluster_addresses = {};

  bool operator==(const Redis&) const = default;
};

struct ServerConfig {
  auth::Secrets keys;  // those of key_file, else of LIVEKIT_KEYS, else of the file, as for LiveKit
  std::string keys_source = "keys";
  std::string key_file;
  bool development = false;
  std::uint16_t port = 7880;                // HTTP: signalling and the server API
  std::vector<std::string> bind_addresses;  // none: all
  EmbeddedTurn turn;
  Media rtc;
  std::vector<ExternalTurn> turn_servers;
  std::string webhook_api_key;
  std::vector<std::string> webhook_urls;
  Redis redis;
  bool has_redis = false;  // so there may be more nodes than this one

  std::vector<std::string>
      ignored;  // keys that do not concern this server, as written: "room", "rtc.tcp_port"
  std::vector<std::string> faults;  // "path:line: key: why"; what they are about is as if it were not there

  bool operator==(const ServerConfig&) const = default;
};

// Keys that it does not know are LiveKit's business and listed; those it knows must be as LiveKit takes them,
// or are faults. Files that the file names are not read. Throws yaml::ConfigError if it is not YAML.
ServerConfig parse_server_config(const std::string& text, const std::string& path);

// The file, and the secrets in the files that it names, whose faults are its own. `keys_variable` is what
// LIVEKIT_KEYS holds; empty: it is not set. Throws yaml::ConfigError if the file cannot be read or is not
// YAML.
ServerConfig load_server_config(const std::string& path, const std::string& keys_variable = "");

}  // namespace turnpike::livekit
