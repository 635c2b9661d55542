#include "turnpike/config/given_text.hpp"

#include <algorithm>
#include <optional>
#include <string_view>

#include "turnpike/yaml/document.hpp"

namespace turnpike::config {
namespace {

constexpr std::string_view kSpace = " \t\r\n";

std::optional<YAML::Node> parsed(const std::string& text) {
  try {
    return yaml::parse_document(text, "");
  } catch (const yaml::ConfigError&) {
    return std::nullopt;
  }
}

// What is no YAML, or would be a null (`&x`, `# x`), is taken as it stands: "[::1]:9478" needs no quotes.
YAML::Node yaml_or_text(const std::string& text) {
  const auto node = parsed(text);
  return node && !node->IsNull() ? *node : YAML::Node(text);
}

bool is_between(std::string_view text, char opening, char closing) {
  const auto first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return false;
  const auto last = text.find_last_not_of(kSpace);
  return first != last && text[first] == opening && text[last] == closing;
}

YAML::Node secret_list(const std::string& text) {
  if (!is_between(text, '[', ']')) return YAML::Node(text);
  if (const auto node = parsed(text); node && node->IsSequence()) return *node;
  throw yaml::BadValue(YAML::Node(), "is in brackets and yet no list: put each secret in quotes");
}

YAML::Node secret_of(std::string_view text) {
  if (!is_between(text, '"', '"') && !is_between(text, '\'', '\'')) return YAML::Node(std::string(text));
  const auto node = parsed(std::string(text));
  return node && node->IsScalar() ? *node : YAML::Node(std::string(text));
}

YAML::Node secret_map(const std::string& text) {
  if (text.find_first_not_of(kSpace) == std::string::npos) return {};
  if (is_between(text, '{', '}')) {
    if (const auto node = parsed(text); node && node->IsMap()) return *node;
    throw yaml::BadValue(YAML::Node(), "is in braces and yet no map: put each secret in quotes");
  }
  YAML::Node map(YAML::NodeType::Map);
  for (std::string_view rest = text; !rest.empty();) {
    std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    line.remove_prefix(std::min(line.find_first_not_of(kSpace), line.size()));
    if (line.empty()) continue;
    const auto colon = line.find(": ");
    if (colon == std::string_view::npos) return YAML::Node(text);
    const YAML::Node name = secret_of(line.substr(0, colon));
    map.force_insert(name, secret_of(line.substr(colon + 2)));  // a name that comes twice stays, to be told
  }
  return map;
}

}  // namespace

YAML::Node node_of(const std::string& text, TextForm form) {
  switch (form) {
    case TextForm::secret: return secret_of(text);
    case TextForm::secret_list: return secret_list(text);
    case TextForm::secret_map: return secret_map(text);
    case TextForm::yaml: break;
  }
  return yaml_or_text(text);
}

}  // namespace turnpike::config
