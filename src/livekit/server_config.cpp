#include "turnpike/livekit/server_config.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "turnpike/yaml/document.hpp"
#include "turnpike/yaml/placeholder.hpp"

namespace turnpike::livekit {
namespace {

template <class T>
struct Key {
  std::string_view name;
  void (*read)(const YAML::Node&, T&, Problems&);
};

template <auto Member>
void read_entry(const YAML::Node& node, ExternalTurn& entry, Problems& problems) {
  decode_all(node, entry.*Member, problems);
}

constexpr Key<ExternalTurn> kEntryKeys[] = {
    {"host", read_entry<&ExternalTurn::host>},
    {"port", read_entry<&ExternalTurn::port>},
    {"protocol", read_entry<&ExternalTurn::transport>},
    {"secret", read_entry<&ExternalTurn::secret>},
    {"secret_file", read_entry<&ExternalTurn::secret_file>},
    {"ttl", read_entry<&ExternalTurn::ttl_s>},
    {"username", read_entry<&ExternalTurn::username>},
    {"credential", read_entry<&ExternalTurn::credential>},
};

// Problems of a value are told with its name.
void read_entry_value(const Key<ExternalTurn>& key, const YAML::Node& value, ExternalTurn& entry,
                      Problems& problems) {
  Problems own;
  try {
    yaml::refuse_placeholders(value);
    key.read(value, entry, own);
  } catch (const BadValue& bad) {
    own.push_back(bad);
  }
  for (const BadValue& bad : own) problems.emplace_back(value, fmt::format("{}: {}", key.name, bad.what()));
}

void read_turn_servers(const YAML::Node& node, ServerConfig& config, Problems& problems) {
  config.turn_servers.clear();
  if (node.IsNull()) return;
  if (!node.IsSequence()) {
    problems.emplace_back(node, "must be a list");
    return;
  }
  for (const YAML::Node& item : node) {
    const std::size_t before = problems.size();
    if (!item.IsMap()) {
      problems.emplace_back(item, "must be a list of maps");
      continue;
    }
    ExternalTurn entry;
    for (const auto& key : kEntryKeys) {
      const YAML::Node value = item[std::string(key.name)];
      if (value) read_entry_value(key, value, entry, problems);
    }
    const bool is_good = problems.size() == before;
    if (is_good && (entry.host.empty() || entry.port == 0)) {
      problems.emplace_back(item, "needs host and port");
    } else if (is_good) {
      config.turn_servers.push_back(std::move(entry));
    }
  }
}

template <auto Member>
void read_redis_value(const YAML::Node& node, Redis& redis, Problems& problems) {
  decode_all(node, redis.*Member, problems);
}

constexpr Key<Redis> kRedisKeys[] = {
    {"address", read_redis_value<&Redis::address>},
    {"username", read_redis_value<&Redis::username>},
    {"password", read_redis_value<&Redis::password>},
    {"db", read_redis_value<&Redis::db>},
    {"use_tls", read_redis_value<&Redis::use_tls>},
    {"sentinel_addresses", read_redis_value<&Redis::sentinel_addresses>},
    {"sentinel_master_name", read_redis_value<&Redis::sentinel_master_name>},
    {"sentinel_username", read_redis_value<&Redis::sentinel_username>},
    {"sentinel_password", read_redis_value<&Redis::sentinel_password>},
    {"cluster_addresses", read_redis_value<&Redis::cluster_addresses>},
};

// An address, whichever, makes LiveKit share its rooms with other nodes. Nothing here is asked of the values
// yet, so what is wrong with one is LiveKit's business.
void read_redis(const YAML::Node& node, ServerConfig& config, Problems&) {
  if (!node.IsMap()) return;
  Redis& redis = config.redis;
  Problems unheeded;
  for (const auto& key : kRedisKeys) {
    if (const YAML::Node value = node[std::string(key.name)]) key.read(value, redis, unheeded);
  }
  config.has_redis =
      !redis.address.empty() || !redis.sentinel_addresses.empty() || !redis.cluster_addresses.empty();
}

template <auto Member>
void read(const YAML::Node& node, ServerConfig& config, Problems& problems) {
  decode_all(node, config.*Member, problems);
}
template <auto Section, auto Member>
void read(const YAML::Node& node, ServerConfig& config, Problems& problems) {
  decode_all(node, config.*Section.*Member, problems);
}
void read_node_ip(const YAML::Node& node, ServerConfig& config, Problems& problems) {
  try {
    decode_node_ip(node, config.rtc.node_ip);
  } catch (const BadValue& bad) {
    config.rtc.node_ip.clear();
    problems.push_back(bad);
  }
}
template <auto Member>
constexpr auto turn = read<&ServerConfig::turn, Member>;
template <auto Member>
constexpr auto rtc = read<&ServerConfig::rtc, Member>;

constexpr Key<ServerConfig> kKeys[] = {
    {"keys", read<&ServerConfig::keys>},
    {"key_file", read<&ServerConfig::key_file>},
    {"development", read<&ServerConfig::development>},
    {"port", read<&ServerConfig::port>},
    {"bind_addresses", read<&ServerConfig::bind_addresses>},
    {"redis", read_redis},
    {"webhook.api_key", read<&ServerConfig::webhook_api_key>},
    {"webhook.urls", read<&ServerConfig::webhook_urls>},
    {"rtc.node_ip", read_node_ip},
    {"rtc.use_external_ip", rtc<&Media::use_external_ip>},
    {"rtc.stun_servers", rtc<&Media::stun_servers>},
    {"rtc.udp_port", rtc<&Media::udp_port>},
    {"rtc.port_range_start", rtc<&Media::port_range_start>},
    {"rtc.port_range_end", rtc<&Media::port_range_end>},
    {"rtc.use_stun_port_as_ice", rtc<&Media::use_stun_port_as_ice>},
    {"rtc.turn_servers", read_turn_servers},
    {"turn.enabled", turn<&EmbeddedTurn::enabled>},
    {"turn.domain", turn<&EmbeddedTurn::domain>},
    {"turn.bind_addresses", turn<&EmbeddedTurn::bind_addresses>},
    {"turn.udp_port", turn<&EmbeddedTurn::udp_port>},
    {"turn.tls_port", turn<&EmbeddedTurn::tls_port>},
    {"turn.external_tls", turn<&EmbeddedTurn::external_tls>},
    {"turn.cert_file", turn<&EmbeddedTurn::cert_file>},
    {"turn.key_file", turn<&EmbeddedTurn::key_file>},
    {"turn.relay_range_start", turn<&EmbeddedTurn::relay_range_start>},
    {"turn.relay_range_end", turn<&EmbeddedTurn::relay_range_end>},
    {"turn.ttl_seconds", turn<&EmbeddedTurn::ttl_seconds>},
    {"turn.per_user_relay_allocation_limit", turn<&EmbeddedTurn::allocations_per_user>},
    {"turn.proxy_protocol", turn<&EmbeddedTurn::proxy_protocol>},
    {"turn.proxy_protocol_trusted_cidrs", turn<&EmbeddedTurn::proxy_protocol_trusted>},
    {"turn.allow_restricted_peer_cidrs", turn<&EmbeddedTurn::allow_restricted_peers>},
    {"turn.deny_peer_cidrs", turn<&EmbeddedTurn::deny_peers>},
};

bool is_section(std::string_view name) {
  return std::ranges::any_of(kKeys, [&](const auto& key) {
    return key.name.size() > name.size() && key.name.starts_with(name) && key.name[name.size()] == '.';
  });
}

class Reader {
 public:
  explicit Reader(const std::string& path) : path_(path) {}

  void read_section(const YAML::Node& map, const std::string& section) {
    if (map.IsNull()) return;
    if (!map.IsMap())
      return note(map.Mark().line + 1, section.empty() ? "LiveKit's configuration" : section,
                  "must be a map");
    std::set<std::string> seen;
    for (const auto& pair : map) {
      const std::string name = name_of(pair.first, section);
      if (!seen.insert(name).second) {
        note(pair.first.Mark().line + 1, name, "is there twice");
      } else if (!is_merge(pair.first)) {
        read_pair(name, pair.first, pair.second);
      }
    }
    for (const auto& pair : map) {
      if (is_merge(pair.first)) read_merged(pair.second, section, seen);
    }
  }

  ServerConfig take() { return std::move(config_); }

 private:
  static bool is_merge(const YAML::Node& key) { return key.IsScalar() && key.Scalar() == "<<"; }

  static std::string name_of(const YAML::Node& key, const std::string& section) {
    return section + (section.empty() ? "" : ".") + (key.IsScalar() ? key.Scalar() : "?");
  }

  void read_pair(const std::string& name, const YAML::Node& key_node, const YAML::Node& value) {
    const auto* key = std::ranges::find(kKeys, name, &Key<ServerConfig>::name);
    if (key != std::end(kKeys)) {
      read_key(*key, value, key_node.Mark().line + 1);
    } else if (is_section(name)) {
      read_section(value, name);
    } else {
      config_.ignored.push_back(name);
    }
  }

  // `<<: *anchor`: what the map itself does not say; of several maps the first that says it.
  void read_merged(const YAML::Node& value, const std::string& section, std::set<std::string>& seen) {
    if (value.IsSequence()) {
      for (const YAML::Node& map : value) read_merged(map, section, seen);
    }
    if (!value.IsMap()) return;
    for (const auto& pair : value) {
      const std::string name = name_of(pair.first, section);
      if (seen.insert(name).second) read_pair(name, pair.first, pair.second);
    }
  }

  void read_key(const Key<ServerConfig>& key, const YAML::Node& node, int line) {
    Problems problems;
    key.read(node, config_, problems);
    for (const BadValue& bad : problems) note(bad.line() > 0 ? bad.line() : line, key.name, bad.what());
  }

  void note(int line, std::string_view key, std::string_view why) {
    config_.faults.push_back(yaml::ConfigError(fmt::format("{}:{}: {}: {}", path_, line, key, why)).what());
  }

  const std::string& path_;
  ServerConfig config_;
};

}  // namespace

ServerConfig parse_server_config(const std::string& text, const std::string& path) {
  Reader reader(path);
  reader.read_section(yaml::parse_document(text, path), "");
  ServerConfig config = reader.take();
  const auto check_range = [&](std::string_view name, std::uint16_t start, std::uint16_t end) {
    if (end != 0 && start > end)
      config.faults.push_back(fmt::format("{}: {}_start: must not be above {}_end", path, name, name));
  };
  check_range("rtc.port_range", config.rtc.port_range_start, config.rtc.port_range_end);
  check_range("turn.relay_range", config.turn.relay_range_start, config.turn.relay_range_end);
  return config;
}

}  // namespace turnpike::livekit
