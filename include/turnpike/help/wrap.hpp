// Text in lines of so many columns.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace turnpike::help {

// Splits `text` at spaces; each line has at most `columns` bytes, but for a word that is longer alone. An
// empty text is one empty line.
std::vector<std::string> wrap(std::string_view text, std::size_t columns);

}  // namespace turnpike::help
