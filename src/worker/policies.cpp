#include "turnpike/worker/policies.hpp"

#include <utility>

#include "turnpike/config/credentials.hpp"

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

std::vector<Endpoint> own_listeners(const config::Config& config) {
  const AddressMap external(config.relay.external);
  std::vector<Endpoint> listeners;
  const auto add = [&](const Endpoint& listener) {
    listeners.push_back({external.to_local(ExternalAddress(listener.address)), listener.port});
  };
  for (const auto* list : {&config.listen.udp, &config.listen.tcp, &config.listen.tls, &config.listen.dtls}) {
    for (const Endpoint& listener : *list) add(listener);
  }
  if (config.control.listen) add(*config.control.listen);
  return listeners;
}

turn::Policies make_policies(const config::Config& config, const turn::Ledger& ledger,
                             const std::vector<IpAddress>& own_addresses) {
  std::vector<IpPrefix> own{*IpPrefix::parse("127.0.0.0/8")};  // all of it, whichever addresses loopback has
  for (const IpAddress& address : own_addresses) own.push_back(*IpPrefix::parse(address.to_string()));
  // Beside LiveKit the relay has no business but with its media.
  turn::PeerRules rules{with_local_addresses(config.peers.allow, config.relay),
                        with_local_addresses(config.peers.deny, config.relay), own_listeners(config),
                        !config.livekit.config.empty(), std::move(own)};
  return {config::make_credentials(config),
          std::make_shared<turn::PeerPolicy>(std::move(rules), ledger.live_relays()),
          config.credentials.end_unverified};
}

}  // namespace turnpike::worker
