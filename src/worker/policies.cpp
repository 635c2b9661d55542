#include "turnpike/worker/policies.hpp"

#include "turnpike/config/credentials.hpp"
#include "turnpike/net/sockaddr.hpp"

namespace turnpike::worker {
namespace {

// Peers are judged by their local addresses, whichever the rule or the client names.
std::vector<turn::PeerRule> with_local_addresses(std::vector<turn::PeerRule> rules,
                                                 const config::RelayConfig& relay) {
  for (std::size_t given = rules.size(), i = 0; i < given; ++i) {
    for (const auto& [local, external] : relay.external) {
      if (rules[i].matches_address(external.plain()))
        rules.push_back({*IpPrefix::parse(local.to_string()), rules[i].port_min, rules[i].port_max});
    }
  }
  return rules;
}

}  // namespace

std::vector<Endpoint> own_listeners(const config::Config& config,
                                    const std::vector<IpAddress>& own_addresses) {
  const AddressMap external(config.relay.external);
  std::vector<Endpoint> listeners;
  const auto add_one = [&](const IpAddress& address, std::uint16_t port) {
    listeners.push_back({external.to_local(ExternalAddress(address)), port});
  };
  const auto add = [&](const Endpoint& listener) {
    if (!net::is_wildcard(listener.address)) return add_one(listener.address, listener.port);
    for (const IpAddress& address : own_addresses) add_one(address, listener.port);
  };
  for (const auto* list : {&config.listen.udp, &config.listen.tcp, &config.listen.tls, &config.listen.dtls}) {
    for (const Endpoint& listener : *list) add(listener);
  }
  if (config.control.listen) add(*config.control.listen);
  return listeners;
}

turn::Policies make_policies(const config::Config& config, const turn::Ledger& ledger,
                             const std::vector<IpAddress>& own_addresses) {
  // Beside LiveKit the relay has no business but with its media.
  turn::PeerRules rules{with_local_addresses(config.peers.allow, config.relay),
                        with_local_addresses(config.peers.deny, config.relay),
                        own_listeners(config, own_addresses), !config.livekit.config.empty()};
  return {config::make_credentials(config), std::make_shared<turn::PeerPolicy>(std::move(rules), ledger)};
}

}  // namespace turnpike::worker
