#include "turnpike/app/config.hpp"

#include <fmt/format.h>

#include <array>

namespace turnpike::app {
namespace {

std::string on_one_line(std::string_view text) {
  std::string line;
  for (const char c : text) line += static_cast<unsigned char>(c) < ' ' || c == 0x7f ? fmt::format("\\x{:02x}", c) : std::string(1, c);
  return line;
}

}  // namespace

ConfigError::ConfigError(std::string_view text) : std::runtime_error(on_one_line(text)) {}

std::vector<Endpoint> all_addresses(std::uint16_t port) {
  const std::array<std::uint8_t, 16> unspecified{};
  return {{IpAddress::v4(0, 0, 0, 0), port}, {IpAddress::from_bytes(unspecified), port}};
}

}  // namespace turnpike::app
