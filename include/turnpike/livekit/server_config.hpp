// The parts of LiveKit's own configuration file that concern a TURN server beside it.
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

// The section `turn`: LiveKit's embedded server, whose place this server can take. Defaults are LiveKit's.
struct EmbeddedTurn {
  bool enabled = false;
  std::string domain;
  std::vector<std::string> bind_addresses = {"0.0.0.0"};
  std::uint16_t udp_port = 0;  // 0: not served
  // The port where TLS arrives, or a balancer's connections with external_tls; clients are always told 443.
  // 0: not served.
  std::uint16_t tls_port = 0;
  bool external_tls = false;
  std::string cert_file, key_file;
  std::uint16_t relay_range_start = 0, relay_range_end = 0;  // 0: not given
  std::int64_t ttl_seconds = 300;                            // as written; see embedded_ttl_s()
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
  // The content of secret_file if only that is given. Empty: all clients share one name and password.
  std::string secret;
  std::string secret_file;
  std::int64_t ttl_s = 0;                      // 0: not given
  std::string username = {}, credential = {};  // shared by all clients, if there is no secret

  bool operator==(const ExternalTurn&) const = default;
};

// The section `rtc`: where LiveKit sends and receives media over UDP.
struct Media {
  std::vector<IpAddress> node_ip;
  bool use_external_ip = false;
  std::optional<turn::PortRange> udp_port;
  std::uint16_t port_range_start = 0, port_range_end = 0;  // 0: not given
  bool use_stun_port_as_ice = false;
  std::vector<std::string> stun_servers = {};  // "host:port"

  bool operator==(const Media&) const = default;
};

// The section `redis`, which LiveKit's nodes share.
struct Redis {
  std::string address = {};  // "host:port"
  std::string username = {}, password = {};
  std::int64_t db = 0;
  bool use_tls = false;
  // given in place of `address`, as cluster_addresses may be
  std::vector<std::string> sentinel_addresses = {};
  std::string sentinel_master_name = {}, sentinel_username = {}, sentinel_password = {};
  std::vector<std::string> cluster_addresses = {};

  bool operator==(const Redis&) const = default;
};

// The whole file.
struct ServerConfig {
  auth::Secrets keys;  // from key_file, else from LIVEKIT_KEYS, else from the file itself, as in LiveKit
  std::string keys_source = "keys";
  std::string key_file;
  bool development = false;
  std::uint16_t port = 7880;                // for HTTP: signalling and the server API
  std::vector<std::string> bind_addresses;  // empty: all addresses
  EmbeddedTurn turn;
  Media rtc;
  std::vector<ExternalTurn> turn_servers;
  std::string webhook_api_key;
  std::vector<std::string> webhook_urls;
  Redis redis;
  bool has_redis = false;  // there may be more nodes than this one

  // Keys that do not concern this server, as written: "room", "rtc.tcp_port".
  std::vector<std::string> ignored;
  // Lines "path:line: key: why"; a key with a fault counts as not given.
  std::vector<std::string> faults;

  bool operator==(const ServerConfig&) const = default;
};

// Parses the file's text; `path` is used in faults only. Unknown keys are listed as ignored; known ones must
// have values that LiveKit takes, or are faults. Reads no other file. Throws yaml::ConfigError if the text is
// not YAML.
ServerConfig parse_server_config(const std::string& text, const std::string& path);

// Reads the file and the secrets in the files that it names, whose faults are among its own. `keys_variable`
// is the value of LIVEKIT_KEYS; empty if that is not set. Throws yaml::ConfigError if the file cannot be read
// or is not YAML.
ServerConfig load_server_config(const std::string& path, const std::string& keys_variable = "");

}  // namespace turnpike::livekit
