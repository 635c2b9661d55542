#include "turnpike/help/wrap.hpp"

#include <algorithm>

namespace turnpike::help {

std::vector<std::string> wrap(std::string_view text, std::size_t columns) {
  std::vector<std::string> lines;
  while (text.size() > columns) {
    auto space = text.rfind(' ', columns);
    if (space == text.npos) space = std::min(text.find(' '), text.size());
    lines.emplace_back(text.substr(0, space));
    text.remove_prefix(std::min(space + 1, text.size()));
  }
  lines.emplace_back(text);
  return lines;
}

}  // namespace turnpike::help
