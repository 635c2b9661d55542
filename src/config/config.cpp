#include "turnpike/config/config.hpp"

#include <array>

namespace turnpike::config {

std::vector<Endpoint> all_addresses(std::uint16_t port) {
  const std::array<std::uint8_t, 16> unspecified{};
  return {{IpAddress::v4(0, 0, 0, 0), port}, {IpAddress::from_bytes(unspecified), port}};
}

bool has_plain_http(const Config& config) {
  const bool has_pages = !config.http.upstream.empty() || !config.http.check_page.empty();
  return !config.http.acme_webroot.empty() || (has_pages && !config.listen.tls.empty());
}

}  // namespace turnpike::config
