#include "turnpike/path/passthrough.hpp"

#include "turnpike/config/by_name.hpp"
#include "turnpike/net/proxy_protocol.hpp"

namespace turnpike::path {

std::optional<Endpoint> Passthrough::server_for(const std::string& name) const {
  return config::server_for(config_, name);
}

std::vector<std::uint8_t> Passthrough::begin_for(const FiveTuple& client) const {
  if (!config_.passthrough_proxy_protocol) return {};
  return net::make_proxy_header({net::ProxiedEnds{client.client, client.server}});
}

}  // namespace turnpike::path
