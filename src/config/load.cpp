#include "turnpike/config/load.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "turnpike/auth/opaque_string.hpp"
#include "turnpike/config/check.hpp"
#include "turnpike/config/coturn.hpp"
#include "turnpike/config/given_text.hpp"
#include "turnpike/config/hints.hpp"
#include "turnpike/config/keys.hpp"
#include "turnpike/config/livekit_defaults.hpp"
#include "turnpike/config/names.hpp"
#include "turnpike/config/secret_files.hpp"
#include "turnpike/config/value.hpp"
#include "turnpike/yaml/document.hpp"
#include "turnpike/yaml/placeholder.hpp"

namespace turnpike::config {
namespace {

constexpr std::string_view kFileVariable = "TURNPIKE_CONFIG";
constexpr std::string_view kProbePasswordVariable = "TURNPIKE_PROBE_PASSWORD";  // the probe's alone
constexpr std::string_view kLiveKitKeysVariable = "LIVEKIT_KEYS";  // LiveKit's own, beside its file

// Kubernetes sets these in every container beside a Service that is called turnpike.
bool is_kubernetes_variable(std::string_view name) {
  return name == "TURNPIKE_PORT" || name.starts_with("TURNPIKE_PORT_") || name == "TURNPIKE_SERVICE_HOST" ||
         name == "TURNPIKE_SERVICE_PORT" || name.starts_with("TURNPIKE_SERVICE_PORT_");
}

bool is_no_key(std::string_view name) {
  return name == kFileVariable || name == kProbePasswordVariable || is_kubernetes_variable(name);
}

// What is wrong is noted, and the rest is read.
class Loader {
 public:
  explicit Loader(Found found) { loaded_.found = std::move(found); }

  void read_file(const std::string& path) {
    loaded_.file = path;
    try {
      read_document(yaml::read_text_file(path, ""), path);
    } catch (const ConfigError& error) {
      note(Severity::error, "", "", error.what());
    }
  }

  void read_document(const std::string& text, const std::string& path) {
    loaded_.file = path;
    try {
      if (is_coturn_file(text)) return append(loaded_.findings, explain_coturn_file(text, path));
      const YAML::Node root = yaml::parse_document(text, path);
      if (is_livekit_file(root))
        return note(Severity::error, "", path,
                    "is LiveKit's file: give it with --livekit-config, or as livekit.config");
      if (!root.IsNull()) read_section(root, "");
    } catch (const ConfigError& error) {
      note(Severity::error, "", "", error.what());
    }
  }

  void read_environment(const NamesAndValues& environment) {
    for (const auto& [name, value] : environment) {
      if (name == kLiveKitKeysVariable) livekit_keys_ = value;
      if (!name.starts_with("TURNPIKE_") || is_no_key(name)) continue;
      const auto key =
          std::ranges::find(all_keys(), name, [](const Key& each) { return environment_name(each.name); });
      if (key == all_keys().end()) {  // other programs may use the prefix, too
        note(Severity::warning, "", name, unknown_variable(name));
      } else {
        read_text(*key, value, name);
      }
    }
  }

  void read_flags(const NamesAndValues& flags) {
    for (const auto& [name, value] : flags) {
      const Key* key = find_key(name);
      if (key == nullptr) {
        note(Severity::error, "", "--" + name, unknown_key(name));
      } else {
        read_text(*key, value, fmt::format("--{}", name));
      }
    }
  }

  Loaded finish() {
    Config& config = loaded_.config;
    settle_lifetimes();
    settle_quotas();
    if (const auto prepared = auth::opaque_string(config.realm)) config.realm = *prepared;
    append(loaded_.findings, add_secrets_from_files(config.credentials, loaded_.origins, loaded_.failed));
    append(loaded_.findings, add_fleet_secrets(config.fleet, loaded_.origins, loaded_.failed));
    append(loaded_.findings, add_control_token(config.control, loaded_.origins, loaded_.failed));
    settle_external();
    if (!config.livekit.config.empty()) add_livekit();
    settle_external();
    append(loaded_.findings, judge_found(config, loaded_.origins, loaded_.found));
    append(loaded_.findings, find_broken_rules(config, loaded_.origins, loaded_.failed));
    for (const std::string& warning : find_readable_secrets(config, loaded_.file, loaded_.origins))
      note(Severity::warning, "", "", warning);
    return std::move(loaded_);
  }

 private:
  void note(Severity severity, std::string_view key, std::string place, std::string text) {
    loaded_.findings.push_back({severity, std::string(key), std::move(place), std::move(text)});
  }

  std::string place(int line, std::string_view key) const {
    return fmt::format("{}:{}{}{}", loaded_.file, line, key.empty() ? "" : ": ", key);
  }

  void read_section(const YAML::Node& map, const std::string& section) {
    if (!map.IsMap()) {
      const auto first = std::ranges::find_if(
          all_keys(), [&](const Key& key) { return key.name.starts_with(section + "."); });
      note(Severity::error, "", place(map.Mark().line + 1, section),
           fmt::format(
               "must be a map of keys{}",
               section.empty() ? "" : fmt::format(", such as {}", first->name.substr(section.size() + 1))));
      return;
    }
    std::set<std::string> seen;
    for (const auto& pair : map) {
      const int line = pair.first.Mark().line + 1;
      const std::string name =
          section + (section.empty() ? "" : ".") + (pair.first.IsScalar() ? pair.first.Scalar() : "");
      if (!seen.insert(name).second) {
        note(Severity::error, find_key(name) == nullptr ? "" : name, place(line, name), "is there twice");
      } else if (const Key* key = find_key(name)) {
        read(*key, pair.second, [&](int own) { return place(own > 0 ? own : line, name); });
      } else if (!is_section(name)) {
        note(Severity::error, "", place(line, name), unknown_key(name));
      } else if (!pair.second.IsNull()) {
        read_section(pair.second, name);
      }
    }
  }

  void read_text(const Key& key, const std::string& text, const std::string& name) {
    const auto place = [&](int) { return name; };
    try {
      read(key, node_of(text, key.text_form), place);
    } catch (const BadValue& bad) {
      fail(key, name, bad.what());
    }
  }

  template <class Place>
  void read(const Key& key, const YAML::Node& node, Place place) {
    try {
      read_value(key, node);
      loaded_.failed.erase(std::string(key.name));
      loaded_.origins.insert_or_assign(std::string(key.name), place(0));
      const std::string bits = host_bits(key, node);
      if (!bits.empty()) note(Severity::warning, key.name, place(0), bits);
    } catch (const BadValue& bad) {
      if (node.IsSequence() && read_items(key, node, place)) return;
      fail(key, place(bad.line()), bad.what() + hint_for(key, node, bad.what()));
    }
  }

  void read_value(const Key& key, const YAML::Node& node) {
    yaml::refuse_placeholders(node);
    Config with_value = loaded_.config;
    config::read_value(key, node, loaded_.found, with_value);
    loaded_.config = std::move(with_value);
  }

  // Each item of a list that is bad alone is told; false: none is.
  template <class Place>
  bool read_items(const Key& key, const YAML::Node& list, Place place) {
    bool has_bad = false;
    for (const YAML::Node& item : list) {
      if (!item.IsScalar()) continue;
      try {
        yaml::refuse_placeholders(item);
        Config scratch;
        config::read_value(key, item, loaded_.found, scratch);
      } catch (const BadValue& bad) {
        if (std::string_view(bad.what()).starts_with("must be"))
          return false;  // the list is not what is wanted
        fail(key, place(bad.line()), bad.what() + hint_for(key, item, bad.what()));
        has_bad = true;
      }
    }
    return has_bad;
  }

  void fail(const Key& key, const std::string& place, const std::string& text) {
    loaded_.failed.insert(std::string(key.name));
    loaded_.origins.insert_or_assign(std::string(key.name), place);
    note(Severity::error, key.name, place, text);
  }

  void add_livekit() {
    const std::string& path = loaded_.config.livekit.config;
    try {
      const livekit::ServerConfig file = livekit::load_server_config(path, livekit_keys_);
      for (const std::string& fault : file.faults) note(Severity::error, "livekit.config", "", fault);
      if (!file.faults.empty()) loaded_.failed.insert("livekit.config");
      add_livekit_defaults(loaded_, file);
    } catch (const ConfigError& error) {
      loaded_.failed.insert("livekit.config");
      const bool is_about_all = std::string_view(error.what()).starts_with(path + ": ");
      note(Severity::error, "livekit.config", is_about_all ? place_of("livekit.config", loaded_.origins) : "",
           error.what());
    }
  }

  // Where only one of the two is given, the other one follows.
  void settle_lifetimes() {
    LimitsConfig& limits = loaded_.config.limits;
    const Origins& origins = loaded_.origins;
    if (limits.lifetime_default_s <= limits.lifetime_max_s) return;
    if (!origins.contains("limits.lifetime_default_s")) limits.lifetime_default_s = limits.lifetime_max_s;
    if (!origins.contains("limits.lifetime_max_s")) limits.lifetime_max_s = limits.lifetime_default_s;
  }

  // A quota that is given was meant for all names, unless there is another one for those that many share.
  void settle_quotas() {
    LimitsConfig& limits = loaded_.config.limits;
    const bool is_for_all = loaded_.origins.contains("limits.allocations_per_user") &&
                            !loaded_.origins.contains("limits.allocations_per_shared_user");
    if (is_for_all) limits.allocations_per_shared_user = limits.allocations_per_user;
  }

  void settle_external() {
    if (loaded_.config.relay.external_is_found) loaded_.config.relay.external = loaded_.found.external;
  }

  Loaded loaded_;
  std::string livekit_keys_;  // what LIVEKIT_KEYS holds
};

}  // namespace

NamesAndValues to_pairs(const char* const* environment) {
  NamesAndValues pairs;
  for (; *environment != nullptr; ++environment) {
    const std::string_view text = *environment;
    const auto equals = std::min(text.find('='), text.size());
    pairs.emplace_back(text.substr(0, equals), text.substr(std::min(equals + 1, text.size())));
  }
  return pairs;
}

std::optional<std::string> file_to_read(const std::optional<std::string>& file, const Overrides& overrides) {
  if (file) return file;
  for (const auto& [name, value] : overrides.environment) {
    if (name == kFileVariable && !value.empty()) return value;
  }
  for (const std::string& path : overrides.default_files) {
    if (std::filesystem::exists(path)) return path;
  }
  return std::nullopt;
}

Loaded read_config(const std::optional<std::string>& file, const Overrides& overrides) {
  Loader loader(overrides.found);
  if (const auto path = file_to_read(file, overrides)) loader.read_file(*path);
  loader.read_environment(overrides.environment);
  loader.read_flags(overrides.flags);
  return loader.finish();
}

Loaded read_text(const std::string& text, const std::string& name, const Found& found) {
  Loader loader(found);
  loader.read_document(text, name);
  return loader.finish();
}

Config load_config(const std::optional<std::string>& file, const Overrides& overrides) {
  Loaded loaded = read_config(file, overrides);
  throw_first_error(loaded.findings);
  loaded.config.warnings = warnings_of(loaded.findings);
  return std::move(loaded.config);
}

}  // namespace turnpike::config
