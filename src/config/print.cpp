#include "turnpike/config/print.hpp"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <utility>

#include "turnpike/config/keys.hpp"

namespace turnpike::config {
namespace {

void hide(auth::Secrets& secrets) {
  for (auto& [name, secret] : secrets) secret = "***";
}

void hide(std::string& secret) {
  if (!secret.empty()) secret = "***";
}

// "fleet.redis." of "fleet.redis.url".
std::string_view section_of(std::string_view key) { return key.substr(0, key.rfind('.') + 1); }

std::string indent(std::string_view section) {
  return std::string(2 * std::ranges::count(section, '.'), ' ');
}

// The lines that begin what of the section the one before it did not stand in.
std::string beginning(std::string_view section, std::string_view before) {
  std::string lines;
  for (std::size_t from = 0, dot = 0; (dot = section.find('.', from)) != section.npos; from = dot + 1) {
    if (!before.starts_with(section.substr(0, dot + 1)))
      lines += fmt::format("{}{}:\n", indent(section.substr(0, from)), section.substr(from, dot - from));
  }
  return lines;
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
  hide(masked.fleet.secret);
  hide(masked.fleet.secret_previous);
  std::string text;
  std::string_view before;
  for (const Key& key : all_keys()) {
    const std::string_view section = section_of(key.name);
    text += beginning(section, std::exchange(before, section));
    const std::string_view name = key.name.substr(section.size());
    text += indent(section);
    text += failed.contains(key.name) ? "# " + std::string(name) + ": not understood\n"
                                      : std::string(name) + ": " + print_value(key, masked) + "\n";
  }
  return text;
}

}  // namespace turnpike::config
