#include "turnpike/config/load.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "turnpike/auth/opaque_string.hpp"
#include "turnpike/config/check.hpp"
#include "turnpike/config/given_text.hpp"
#include "turnpike/config/keys.hpp"
#include "turnpike/config/livekit_defaults.hpp"
#include "turnpike/config/secret_files.hpp"
#include "turnpike/config/suggestion.hpp"
#include "turnpike/config/value.hpp"
#include "turnpike/yaml/document.hpp"
#include "turnpike/yaml/placeholder.hpp"

namespace turnpike::config {
namespace {

constexpr std::string_view kFileVariable = "TURNPIKE_CONFIG";

// Kubernetes sets these in every container beside a Service that is called turnpike.
bool is_kubernetes_variable(std::string_view name) {
  return name == "TURNPIKE_PORT" || name.starts_with("TURNPIKE_PORT_") || name == "TURNPIKE_SERVICE_HOST" ||
         name == "TURNPIKE_SERVICE_PORT" || name.starts_with("TURNPIKE_SERVICE_PORT_");
}

template <class Name>
std::vector<std::string> names_of_keys(Name name) {
  std::vector<std::string> names;
  for (const Key& key : all_keys()) names.push_back(name(key.name));
  return names;
}

std::string same(std::string_view name) { return std::string(name); }

class Loader {
 public:
  void read_file(const std::string& path) {
    file_ = path;
    const YAML::Node root = yaml::parse_document(yaml::read_text_file(path, ""), path);
    if (!root.IsNull()) read_section(root, "");
  }

  void read_environment(const NamesAndValues& environment) {
    const auto names = names_of_keys(environment_name);
    for (const auto& [name, value] : environment) {
      if (!name.starts_with("TURNPIKE_") || name == kFileVariable || is_kubernetes_variable(name)) continue;
      const auto found = std::ranges::find(names, name);
      if (found == names.end()) {  // other programs may use the prefix, too
        config_.warnings.push_back(
            fmt::format("{}: not a variable of turnpike{}", name, suggestion(name, names)));
        continue;
      }
      read_text(all_keys()[static_cast<std::size_t>(found - names.begin())], value, name);
    }
  }

  void read_flags(const NamesAndValues& flags) {
    for (const auto& [name, value] : flags) {
      const Key* key = find_key(name);
      if (key == nullptr)
        throw ConfigError(fmt::format("--{}: unknown key{}", name, suggestion(name, names_of_keys(same))));
      read_text(*key, value, fmt::format("--{}", name));
    }
  }

  Config finish() {
    settle_lifetimes();
    if (const auto prepared = auth::opaque_string(config_.realm)) config_.realm = *prepared;
    add_secrets_from_files(config_.credentials, origins_);
    if (const std::string& path = config_.livekit.config; !path.empty())
      add_livekit_defaults(config_, origins_, livekit::load_server_config(path));
    validate(config_, origins_);
    std::ranges::copy(find_readable_secrets(config_, file_, origins_), std::back_inserter(config_.warnings));
    return std::move(config_);
  }

 private:
  std::string place(int line, std::string_view key) const {
    return fmt::format("{}:{}: {}", file_, line, key);
  }

  void read_section(const YAML::Node& map, const std::string& section) {
    if (!map.IsMap())
      throw ConfigError(fmt::format("{}:{}: {}must be a map of keys", file_, map.Mark().line + 1,
                                    section.empty() ? "" : section + ": "));
    std::set<std::string> seen;
    for (const auto& pair : map) {
      const int line = pair.first.Mark().line + 1;
      const std::string name =
          section + (section.empty() ? "" : ".") + (pair.first.IsScalar() ? pair.first.Scalar() : "");
      if (!seen.insert(name).second) throw ConfigError(place(line, name) + ": is there twice");
      if (const Key* key = find_key(name)) {
        read_node(*key, pair.second, line);
      } else if (!is_section(name)) {
        throw ConfigError(
            fmt::format("{}: unknown key{}", place(line, name), suggestion(name, names_of_keys(same))));
      } else if (!pair.second.IsNull()) {
        read_section(pair.second, name);
      }
    }
  }

  void read_node(const Key& key, const YAML::Node& node, int line) {
    try {
      yaml::refuse_placeholders(node);
      key.read(node, config_);
    } catch (const BadValue& bad) {
      throw ConfigError(
          fmt::format("{}: {}", place(bad.line() > 0 ? bad.line() : line, key.name), bad.what()));
    }
    origins_.insert_or_assign(std::string(key.name), place(line, key.name));
  }

  void read_text(const Key& key, const std::string& text, const std::string& name) {
    try {
      const YAML::Node node = node_of(text, key.text_form);
      yaml::refuse_placeholders(node);
      key.read(node, config_);
    } catch (const BadValue& bad) {
      throw ConfigError(fmt::format("{}: {}", name, bad.what()));
    }
    origins_.insert_or_assign(std::string(key.name), name);
  }

  // Where only one of the two is given, the other one follows.
  void settle_lifetimes() {
    LimitsConfig& limits = config_.limits;
    if (limits.lifetime_default_s <= limits.lifetime_max_s) return;
    if (!origins_.contains("limits.lifetime_default_s")) limits.lifetime_default_s = limits.lifetime_max_s;
    if (!origins_.contains("limits.lifetime_max_s")) limits.lifetime_max_s = limits.lifetime_default_s;
  }

  Config config_;
  Origins origins_;
  std::string file_;
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
  if (std::filesystem::exists(overrides.default_file)) return overrides.default_file;
  return std::nullopt;
}

Config load_config(const std::optional<std::string>& file, const Overrides& overrides) {
  Loader loader;
  if (const auto path = file_to_read(file, overrides)) loader.read_file(*path);
  loader.read_environment(overrides.environment);
  loader.read_flags(overrides.flags);
  return loader.finish();
}

}  // namespace turnpike::config
