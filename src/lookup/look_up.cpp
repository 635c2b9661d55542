#include "turnpike/lookup/look_up.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <set>
#include <utility>

#include "turnpike/config/names.hpp"
#include "turnpike/config/relay_addresses.hpp"
#include "turnpike/log/log.hpp"
#include "turnpike/lookup/seen_address.hpp"

namespace turnpike::lookup {
namespace {

namespace asio = boost::asio;

std::vector<config::StunServer> servers_of(const config::RelayConfig& relay) {
  std::vector<config::StunServer> servers;
  for (const std::string& text : relay.stun_servers) {
    if (const auto server = config::StunServer::parse(text)) servers.push_back(*server);
  }
  return servers;
}

void take(config::Hosts answers, const std::set<std::string>& names, config::Hosts& known) {
  for (const std::string& name : names) {
    config::Host& host = known[name];
    config::Host& answer = answers[name];
    host.obstacle = std::move(answer.obstacle);
    if (!answer.addresses.empty()) host.addresses = std::move(answer.addresses);
  }
}

std::vector<Endpoint> endpoints_of(const std::vector<config::StunServer>& servers,
                                   const config::Hosts& hosts) {
  std::vector<Endpoint> endpoints;
  for (const config::StunServer& server : servers) {
    if (const auto address = IpAddress::parse(server.host)) endpoints.push_back({*address, server.port});
    const auto host = hosts.find(server.host);
    if (host == hosts.end()) continue;
    for (const IpAddress& address : host->second.addresses) endpoints.push_back({address, server.port});
  }
  return endpoints;
}

bool has_public(const AddressMap::Pairs& pairs, const IpAddress& address) {
  return std::ranges::any_of(pairs, [&](const auto& pair) { return pair.second.plain() == address; });
}

const IpAddress* known_public(const AddressMap::Pairs& pairs, const IpAddress& local) {
  const auto found = std::ranges::find_if(pairs, [&](const auto& pair) { return pair.first == local; });
  return found == pairs.end() ? nullptr : &found->second.plain();
}

bool has_family(const std::vector<Endpoint>& servers, Family family) {
  return std::ranges::any_of(servers, [&](const Endpoint& each) { return each.address.family() == family; });
}

// The relays' own addresses are left out; so is a second one behind the same public address, for peers could
// not be told apart.
void take(const std::vector<SeenAddress>& answers, const std::vector<Endpoint>& servers,
          config::Found& known) {
  const AddressMap::Pairs before = std::exchange(known.external, {});
  for (const SeenAddress& answer : answers) {
    const IpAddress* outside = answer.seen ? &*answer.seen : known_public(before, answer.local);
    if (!answer.seen && has_family(servers, answer.local.family()))
      known.external_obstacle = fmt::format("no STUN server has answered {}", answer.local.to_string());
    if (outside == nullptr || *outside == answer.local) continue;
    if (has_public(known.external, *outside)) {
      known.external_obstacle = fmt::format("{} is seen as {}, as another relay address is",
                                            answer.local.to_string(), outside->to_string());
    } else {
      known.external.emplace_back(answer.local, ExternalAddress(*outside));
    }
  }
}

// As the configuration has it.
std::vector<SeenAddress> seen_by_family(const std::vector<IpAddress>& relays,
                                        const std::vector<IpAddress>& publics) {
  std::vector<SeenAddress> seen;
  for (const IpAddress& relay : relays) {
    const auto outside = std::ranges::find(publics, relay.family(), &IpAddress::family);
    seen.push_back({relay, outside == publics.end() ? relay : *outside, {}});
  }
  return seen;
}

void log_host(const std::string& name, const config::Host& before, const config::Host& now) {
  if (now.addresses != before.addresses) {
    std::vector<std::string> addresses;
    for (const IpAddress& address : now.addresses) addresses.push_back(address.to_string());
    log::write(log::Event::name_found, {{"name", name}, {"addresses", addresses}});
  }
  if (now.obstacle != before.obstacle && !now.obstacle.empty())
    log::write(log::Event::name_not_found, {{"name", name}, {"reason", now.obstacle}});
}

}  // namespace

bool needs_no_look_up(const config::Config& config) {
  return config.named.empty() && !config.relay.external_is_found;
}

asio::awaitable<config::Found> look_up(config::Config config, config::Found known, Resolve resolve) {
  const bool asks_servers = config::asks_stun_servers(config);
  const auto servers = asks_servers ? servers_of(config.relay) : std::vector<config::StunServer>{};
  auto names = config::names_in(config);
  for (const config::StunServer& server : servers) {
    if (!IpAddress::parse(server.host)) names.insert(server.host);
  }
  std::erase_if(known.hosts, [&](const auto& host) { return !names.contains(host.first); });
  auto answers = co_await ask_hosts(names, std::move(resolve), kPatienceWithNames);
  take(std::move(answers), names, known.hosts);

  known.external_obstacle.clear();
  const config::RelayConfig relay = config::with_found(std::move(config), known).relay;
  if (!relay.external_is_found) {
    known.external.clear();
    co_return known;
  }
  const auto relays = config::relay_addresses(relay);
  const auto endpoints = endpoints_of(servers, known.hosts);
  if (asks_servers && endpoints.empty()) known.external_obstacle = "no STUN server has an address";
  auto seen = seen_by_family(relays, relay.external_by_family);
  if (asks_servers) seen = co_await ask_where(relays, endpoints, kPatienceWithServers);
  take(seen, endpoints, known);
  co_return known;
}

config::Found look_up_now(const config::Config& config) {
  config::Found found;
  if (needs_no_look_up(config)) return found;
  asio::io_context context(1);
  std::exception_ptr failure;
  asio::co_spawn(context, look_up(config, {}), [&](std::exception_ptr error, config::Found now) {
    failure = std::move(error);
    found = std::move(now);
  });
  context.run();
  if (failure) std::rethrow_exception(failure);
  return found;
}

void log_news(const config::Found& before, const config::Found& now) {
  for (const auto& [name, host] : now.hosts) {
    const auto old = before.hosts.find(name);
    log_host(name, old == before.hosts.end() ? config::Host{} : old->second, host);
  }
  for (const auto& pair : now.external) {
    if (std::ranges::find(before.external, pair) == before.external.end())
      log::write(log::Event::external_found,
                 {{"address", pair.first.to_string()}, {"external", pair.second.plain().to_string()}});
  }
  for (const auto& [local, outside] : before.external) {
    if (known_public(now.external, local) == nullptr)
      log::write(log::Event::external_gone,
                 {{"address", local.to_string()}, {"external", outside.plain().to_string()}});
  }
  if (now.external_obstacle != before.external_obstacle && !now.external_obstacle.empty())
    log::write(log::Event::external_not_found, {{"reason", now.external_obstacle}});
}

}  // namespace turnpike::lookup
