#include "turnpike/config/hints.hpp"

#include <fmt/format.h>

#include <cctype>
#include <vector>

#include "turnpike/base/endpoint.hpp"
#include "turnpike/config/coturn.hpp"
#include "turnpike/config/suggestion.hpp"

namespace turnpike::config {
namespace {

constexpr std::string_view kVariablePrefix = "TURNPIKE_";

// Keys, and sections where several may be meant.
std::vector<std::string> names_in_files() {
  std::vector<std::string> names;
  for (const Key& key : all_keys()) {
    names.emplace_back(key.name);
    for (auto dot = key.name.find('.'); dot != key.name.npos; dot = key.name.find('.', dot + 1))
      names.emplace_back(key.name.substr(0, dot));
  }
  return names;
}

std::vector<std::string> names_of_variables() {
  std::vector<std::string> names;
  for (const Key& key : all_keys()) names.push_back(environment_name(key.name));
  return names;
}

// Of the scalars in the node, the first for which `say` has a text.
template <class Say>
std::string first_of(const YAML::Node& node, Say say) {
  if (node.IsScalar()) return say(node.Scalar());
  if (!node.IsSequence()) return "";
  for (const YAML::Node& item : node) {
    if (auto text = item.IsScalar() ? say(item.Scalar()) : std::string(); !text.empty()) return text;
  }
  return "";
}

// For "10m" and "8M".
std::string unit_hint(std::string_view key, const std::string& value) {
  const auto end = value.find_first_not_of("0123456789.");
  if (end == 0 || end == value.npos || std::isalpha(static_cast<unsigned char>(value[end])) == 0) return "";
  if (key.ends_with("_s")) return "; it is seconds, without a unit";
  return key.find("bytes") != key.npos ? "; it is bytes, without a unit" : "";
}

std::string bits_behind(const std::string& text) {
  const std::string_view bare = std::string_view(text).substr(text.starts_with('[') ? 1 : 0);
  const auto slash = bare.find('/');
  if (slash == bare.npos) return "";
  const auto address = IpAddress::parse(bare.substr(0, slash));
  const auto prefix = IpPrefix::parse(bare.substr(0, bare.find_first_not_of("0123456789", slash + 1)));
  if (!address || !prefix || prefix->address == *address) return "";
  return fmt::format("{} has bits behind its length and means {}", text, prefix->to_string());
}

std::string after_colon(const std::string& hint) { return hint.empty() ? "" : ": " + hint; }

}  // namespace

std::string unknown_key(const std::string& name) {
  const std::string near = suggestion(name, names_in_files());
  return "unknown key" + (near.empty() ? after_colon(coturn_hint(name)) : near);
}

std::string unknown_variable(const std::string& name) {
  const std::string near = suggestion(name, names_of_variables());
  const std::string_view bare =
      std::string_view(name).substr(name.starts_with(kVariablePrefix) ? kVariablePrefix.size() : 0);
  return "not a variable of turnpike" + (near.empty() ? after_colon(coturn_hint(bare)) : near);
}

std::string hint_for(const Key& key, const YAML::Node& node, std::string_view wrong) {
  auto hint = first_of(node, [&](const std::string& text) { return coturn_value_hint(key.name, text); });
  if (hint.empty()) hint = first_of(node, [&](const std::string& text) { return unit_hint(key.name, text); });
  if (hint.empty() && wrong.starts_with("must be")) hint = fmt::format("; it is written {}", key.value);
  return hint;
}

std::string host_bits(const Key& key, const YAML::Node& node) {
  const bool takes_prefixes = key.name.starts_with("peers.") || key.name == "listen.proxy_protocol";
  return takes_prefixes ? first_of(node, bits_behind) : "";
}

bool is_livekit_file(const YAML::Node& root) {
  return root.IsMap() && (root["rtc"] || root["room"] || root["redis"] || (root["keys"] && root["port"]));
}

}  // namespace turnpike::config
