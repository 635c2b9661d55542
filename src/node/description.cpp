#include "turnpike/node/description.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "turnpike/client/uri.hpp"
#include "turnpike/net/certificate.hpp"
#include "turnpike/net/interfaces.hpp"
#include "turnpike/net/sockaddr.hpp"

namespace turnpike::node {
namespace {

std::uint32_t clipped(std::uint64_t value) {
  return static_cast<std::uint32_t>(
      std::min<std::uint64_t>(value, std::numeric_limits<std::uint32_t>::max()));
}

}  // namespace

std::vector<fleet::NodeAddress> addresses_of(const config::Config& config,
                                             const std::vector<IpAddress>& relays) {
  const AddressMap external(config.relay.external);
  std::vector<fleet::NodeAddress> addresses;
  const auto add = [&](Transport transport, const IpAddress& local, std::uint16_t port) {
    const fleet::NodeAddress address{transport, {external.to_external(local).plain(), port}};
    if (std::ranges::find(addresses, address) == addresses.end()) addresses.push_back(address);
  };
  const config::ListenConfig& listen = config.listen;
  for (const auto& [transport, listeners] : {std::pair{Transport::udp, &listen.udp},
                                             {Transport::tcp, &listen.tcp},
                                             {Transport::tls, &listen.tls},
                                             {Transport::dtls, &listen.dtls}}) {
    for (const Endpoint& listener : *listeners) {
      if (!net::is_wildcard(listener.address)) {
        add(transport, listener.address, listener.port);
        continue;
      }
      for (const IpAddress& relay : relays) {
        if (relay.family() == listener.family()) add(transport, relay, listener.port);
      }
    }
  }
  std::ranges::stable_sort(addresses, {}, [](const fleet::NodeAddress& address) {
    return std::pair(address.transport, -static_cast<int>(net::scope_of(address.endpoint.plain().address)));
  });
  return addresses;
}

std::string certificate_name(const std::vector<std::string>& names_of_certificate,
                             const std::vector<std::string>& urls) {
  for (const std::string& text : urls) {
    const auto uri = client::ServerUri::parse(text);
    const bool is_name = uri && uri->is_secure() && !uri->address();
    if (is_name && net::covers(names_of_certificate, uri->host)) return uri->host;
  }
  for (const std::string& name : names_of_certificate) {
    if (!name.starts_with("*.") && !IpAddress::parse(name)) return name;
  }
  for (const std::string& name : names_of_certificate) {
    if (name.starts_with("*.")) return "turn" + name.substr(1);
  }
  return "";
}

std::uint32_t BusyShare::follow(Duration working, Duration waiting) {
  const Duration worked = working - std::exchange(working_, working);
  const Duration waited = waiting - std::exchange(waiting_, waiting);
  const bool is_first = !std::exchange(has_begun_, true);
  if (is_first || worked < Duration{} || waited < Duration{} || worked + waited == Duration{})
    return permille_;
  const auto now = static_cast<std::uint32_t>(1000 * worked.count() / (worked + waited).count());
  permille_ = (permille_ + now + 1) / 2;
  return permille_;
}

fleet::Load load_of(const Figures& figures) {
  fleet::Load load{figures.busy_permille, clipped(figures.ports.leased), clipped(figures.ports.total),
                   figures.bits_per_second};
  const bool is_limited = figures.allocations_max != 0 &&
                          (figures.ports.total == 0 || figures.places * figures.ports.total >
                                                           figures.ports.leased * figures.allocations_max);
  if (is_limited) {
    load.ports_used = clipped(figures.places);
    load.ports_total = clipped(figures.allocations_max);
  }
  return load;
}

void describe(const config::Config& config, const Standing& standing, fleet::NodeRecord& record) {
  record.addresses =
      config.fleet.redirects ? addresses_of(config, standing.relays) : std::vector<fleet::NodeAddress>();
  record.certificate_name = certificate_name(standing.names_of_certificate, config.livekit.ice_urls);
  record.region = config.fleet.region;
  record.engine = standing.engine;
  record.version = standing.version;
  record.urls = config.livekit.ice_urls;
  record.load = standing.load;
  record.is_draining = standing.is_draining;
}

}  // namespace turnpike::node
