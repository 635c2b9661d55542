// Breaks text into lines.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace turnpike::help {

// Splits `text` at spaces into lines of at most `columns` bytes. A longer word is a line of its own. An empty
// text gives one empty line.
std::vector<std::string> wrap(std::string_view text, std::size_t columns);

}  // namespace turnpike::help
