#include "turnpike/config/config.hpp"

#include <array>

namespace turnpike::config {

std::vector<Endpoint> all_addresses(std::uint16_t port) {
  const std::array<std::uint8_t, 16> unspecified{};
  return {{IpAddress::v4(0, 0, 0, 0), port}, {IpAddress::from_bytes(unspecified), port}};
}

}  // namespace turnpike::config
