#include "turnpike/yaml/error.hpp"

#include <fmt/format.h>

namespace turnpike::yaml {
namespace {

std::string on_one_line(std::string_view text) {
  std::string line;
  for (const char c : text)
    line +=
        static_cast<unsigned char>(c) < ' ' || c == 0x7f ? fmt::format("\\x{:02x}", c) : std::string(1, c);
  return line;
}

}  // namespace

ConfigError::ConfigError(std::string_view text) : std::runtime_error(on_one_line(text)) {}

}  // namespace turnpike::yaml
