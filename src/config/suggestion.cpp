#include "turnpike/config/suggestion.hpp"

#include <algorithm>
#include <cctype>
#include <numeric>

namespace turnpike::config {
namespace {

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

// Insertions, deletions and replacements that turn one text into the other.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0]++;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, diagonal + 1, row[j] + 1});
    }
  }
  return row.back();
}

// "users" of "credentials.users": whoever knows a key may not know its section.
std::string_view without_section(std::string_view name) { return name.substr(name.rfind('.') + 1); }

// The one name that is the same but for its section; null if there are none or several.
const std::string* same_in_another_section(std::string_view unknown, const std::vector<std::string>& names) {
  const std::string* found = nullptr;
  for (const std::string& name : names) {
    if (without_section(name) != without_section(unknown)) continue;
    if (found != nullptr) return nullptr;
    found = &name;
  }
  return found;
}

}  // namespace

std::string suggestion(std::string_view unknown, const std::vector<std::string>& names) {
  if (const auto* same = same_in_another_section(unknown, names)) return ", did you mean " + *same + "?";
  const auto nearest = std::ranges::min_element(
      names, {}, [&](const std::string& name) { return edit_distance(lower(unknown), lower(name)); });
  const std::size_t tolerated = std::max<std::size_t>(2, unknown.size() / 4);
  if (nearest == names.end() || edit_distance(lower(unknown), lower(*nearest)) > tolerated) return "";
  return ", did you mean " + *nearest + "?";
}

}  // namespace turnpike::config
