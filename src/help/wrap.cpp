#include "turnpike/help/wrap.hpp"

namespace turnpike::help {

std::vector<std::string> wrap(std::string_view text, std::size_t columns) {
  std::vector<std::string> lines;
  while (text.size() > columns) {
    const auto fits = text.rfind(' ', columns);
    const auto space = fits == text.npos ? text.find(' ') : fits;
    if (space == text.npos) break;
    lines.emplace_back(text.substr(0, space));
    text.remove_prefix(space + 1);
  }
  lines.emplace_back(text);
  return lines;
}

}  // namespace turnpike::help
