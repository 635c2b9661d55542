#include "turnpike/check/ways.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "turnpike/base/address_map.hpp"
#include "turnpike/http/host_field.hpp"
#include "turnpike/net/sockaddr.hpp"

namespace turnpike::check {
namespace {

constexpr std::uint16_t kHttpsPort = 443;

std::string_view name_of(Family family) { return family == Family::ipv4 ? "ipv4" : "ipv6"; }

std::string in_uri(const IpAddress& address) {
  return address.is_v6() ? fmt::format("[{}]", address.to_string()) : address.to_string();
}

std::uint16_t port_in(std::string_view field, std::string_view host) {
  std::uint16_t port = kHttpsPort;
  if (field.size() > host.size() + 1)
    std::from_chars(field.data() + host.size() + 1, field.data() + field.size(), port);
  return port;
}

std::optional<IpAddress> first_of(Family family, const std::vector<IpAddress>& addresses) {
  const auto found = std::ranges::find(addresses, family, &IpAddress::family);
  return found == addresses.end() ? std::nullopt : std::optional(*found);
}

void add(std::vector<Way>& ways, Way way) {
  const auto has_id = [&](const Way& each) { return each.id == way.id; };
  const auto is_same = [&](const Way& each) { return each.urls == way.urls; };
  if (std::ranges::any_of(ways, is_same)) return;
  if (std::ranges::any_of(ways, has_id)) way.id += fmt::format("-{}", way.port);
  if (std::ranges::none_of(ways, has_id)) ways.push_back(std::move(way));
}

Way way_to(std::string_view kind, std::string_view family, std::string_view host, std::uint16_t port) {
  const bool is_tls = kind == "tls";
  return {.id = is_tls ? std::string(kind) : fmt::format("{}-{}", kind, family),
          .kind = std::string(kind),
          .family = std::string(family),
          .port = port,
          .urls = {fmt::format("{}:{}:{}?transport={}", is_tls ? "turns" : "turn", host, port,
                               kind == "udp" ? "udp" : "tcp")}};
}

void add_plain(std::vector<Way>& ways, std::string_view kind, const std::vector<Endpoint>& listeners,
               const config::RelayConfig& relay, const std::vector<IpAddress>& relays,
               std::string_view host) {
  const AddressMap external(relay.external);
  const std::size_t before = ways.size();
  for (const Endpoint& listener : listeners) {
    const bool is_wildcard = net::is_wildcard(listener.address);
    const Family family = listener.address.family();
    const auto local = is_wildcard ? first_of(family, relays) : std::optional(listener.address);
    if (local)
      add(ways, way_to(kind, name_of(family), in_uri(external.to_external(*local).plain()), listener.port));
  }
  if (ways.size() == before && !listeners.empty())
    add(ways, way_to(kind, "any", host, listeners.front().port));
}

}  // namespace

std::vector<Way> ways_to(const config::Config& config, const std::vector<IpAddress>& relays,
                         std::string_view field) {
  const std::string_view host = http::host_of(field);
  std::vector<Way> ways;
  add_plain(ways, "udp", config.listen.udp, config.relay, relays, host);
  add_plain(ways, "tcp", config.listen.tcp, config.relay, relays, host);
  // The port by which it was asked is one that is there, whoever passes it on to which of ours.
  const std::uint16_t port = port_in(field, host);
  add(ways, way_to("tls", "any", host, port));
  const auto has_port = [port](const Endpoint& listener) { return listener.port == port; };
  if (std::ranges::any_of(config.listen.tls, has_port)) {
    for (const Endpoint& listener : config.listen.tls) add(ways, way_to("tls", "any", host, listener.port));
  }
  return ways;
}

std::vector<std::string> stun_urls(const std::vector<Way>& ways) {
  std::vector<std::string> urls;
  for (const Way& way : ways) {
    if (way.kind != "udp") continue;
    for (const std::string& url : way.urls)
      urls.push_back(
          fmt::format("stun:{}", url.substr(url.find(':') + 1, url.find('?') - url.find(':') - 1)));
  }
  return urls;
}

}  // namespace turnpike::check
