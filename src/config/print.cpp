#include "turnpike/config/print.hpp"

#include <yaml-cpp/yaml.h>

#include <algorithm>

#include "turnpike/config/keys.hpp"

namespace turnpike::config {
namespace {

void hide(auth::Secrets& secrets) {
  for (auto& [name, secret] : secrets) secret = "***";
}

}  // namespace

std::string print_value(const Key& key, const Config& config) {
  const auto named = std::ranges::find(config.named, key.name, &NamedValue::key);
  if (named != config.named.end()) return named->yaml;
  YAML::Emitter out;
  key.print(out, config);
  return out.c_str();
}

std::vector<KeyInfo> known_keys() {
  std::vector<KeyInfo> result;
  for (const Key& key : all_keys())
    result.push_back(
        {std::string(key.name), std::string(key.value), print_value(key, Config{}), std::string(key.help)});
  return result;
}

std::string to_yaml(const Config& config, const KeyNames& failed) {
  Config masked = config;
  hide(masked.credentials.users);
  hide(masked.credentials.user_keys);
  hide(masked.credentials.livekit_keys);
  std::ranges::fill(masked.credentials.rest_secrets, "***");
  std::string text;
  std::string_view section;
  for (const Key& key : all_keys()) {
    const auto dot = key.name.find('.');
    const std::string_view own_section = dot == std::string_view::npos ? "" : key.name.substr(0, dot);
    if (own_section != section && !own_section.empty()) text += std::string(own_section) + ":\n";
    section = own_section;
    const std::string_view name = section.empty() ? key.name : key.name.substr(dot + 1);
    text += std::string(section.empty() ? "" : "  ");
    text += failed.contains(key.name) ? "# " + std::string(name) + ": not understood\n"
                                      : std::string(name) + ": " + print_value(key, masked) + "\n";
  }
  return text;
}

}  // namespace turnpike::config
