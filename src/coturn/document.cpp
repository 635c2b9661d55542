#include "turnpike/coturn/document.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <utf8proc.h>

#include "turnpike/base/check.hpp"
#include "turnpike/config/keys.hpp"
#include "turnpike/help/wrap.hpp"

namespace turnpike::coturn {
namespace {

constexpr std::size_t kItemsInLineMax = 4;
constexpr std::size_t kColumns = 100;

// With two spaces in front of each line that is not the first.
std::string block(const std::vector<std::string>& lines, int indent) {
  std::string text;
  for (const std::string& line : lines) text += fmt::format("\n{:{}}{}", "", indent, line);
  return text;
}

}  // namespace

std::string in_quotes(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      result += '\\';
      result += c;
    } else if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') {
      result += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    } else {
      result += c;
    }
  }
  return result + '"';
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    utf8proc_int32_t character = 0;
    const auto* const bytes = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
    const auto size = utf8proc_iterate(bytes, static_cast<utf8proc_ssize_t>(text.size()), &character);
    if (size <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(size));
  }
  return true;
}

void Document::set(std::string_view key, std::string value) {
  TURNPIKE_CHECK(config::find_key(key) != nullptr);
  values_.insert_or_assign(std::string(key), std::move(value));
}

void Document::set_list(std::string_view key, const std::vector<std::string>& values) {
  if (values.size() <= kItemsInLineMax) return set(key, fmt::format("[{}]", fmt::join(values, ", ")));
  std::vector<std::string> lines;
  for (const std::string& value : values) lines.push_back("- " + value);
  set(key, block(lines, 4));
}

void Document::set_map(std::string_view key, const std::vector<std::pair<std::string, std::string>>& pairs) {
  std::vector<std::string> lines;
  for (const auto& [name, value] : pairs) lines.push_back(fmt::format("{}: {}", name, value));
  set(key, block(lines, 4));
}

void Document::comment(std::string_view key, std::string text) {
  TURNPIKE_CHECK(config::find_key(key) != nullptr);
  comments_[std::string(key)].push_back(std::move(text));
}

std::string Document::text() const {
  std::string text;
  std::string_view section;
  for (const config::Key& key : config::all_keys()) {
    const auto value = values_.find(key.name);
    const auto comments = comments_.find(key.name);
    if (value == values_.end() && comments == comments_.end()) continue;
    const auto dot = key.name.find('.');
    const auto own_section = key.name.substr(0, dot == key.name.npos ? 0 : dot);
    if (own_section != section && !own_section.empty()) text += fmt::format("{}:\n", own_section);
    section = own_section;
    const std::string indent(section.empty() ? 0 : 2, ' ');
    if (comments != comments_.end()) {
      for (const std::string& comment : comments->second) {
        for (const std::string& line : help::wrap(comment, kColumns - indent.size() - 2))
          text += fmt::format("{}# {}\n", indent, line);
      }
    }
    if (value != values_.end()) {
      const auto name = key.name.substr(dot == key.name.npos ? 0 : dot + 1);
      text +=
          fmt::format("{}{}:{}{}\n", indent, name, value->second.starts_with('\n') ? "" : " ", value->second);
    }
  }
  return text;
}

}  // namespace turnpike::coturn
