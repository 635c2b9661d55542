#include "turnpike/app/host_state.hpp"

#include <linux/rtnetlink.h>
#include <unistd.h>

#include <algorithm>
#include <system_error>
#include <thread>

#include "turnpike/app/service_manager.hpp"
#include "turnpike/base/address_map.hpp"
#include "turnpike/config/relay_addresses.hpp"
#include "turnpike/kernel/netlink_socket.hpp"
#include "turnpike/log/log.hpp"
#include "turnpike/net/clock.hpp"
#include "turnpike/net/interfaces.hpp"

namespace turnpike::app {
namespace {

namespace asio = boost::asio;

constexpr int kGroups[] = {RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR, RTNLGRP_IPV4_ROUTE,
                           RTNLGRP_IPV6_ROUTE};
// An address that is renewed goes and comes back; a link that comes up brings several.
constexpr Duration kSettled = std::chrono::milliseconds(300);
constexpr Duration kPatience = std::chrono::milliseconds(100);  // between looks for addresses at the start

std::string obstacle_of(const config::RelayConfig& config, const std::vector<IpAddress>& relays) {
  if (!config.addresses.empty()) return relays.empty() ? "this host has none of relay.addresses" : "";
  return net::scope_of(relays.front()) == net::AddressScope::loopback
             ? "no default route and no global address; set relay.addresses"
             : "";
}

}  // namespace

HostState host_state(const config::RelayConfig& config) {
  HostState state;
  state.relays = config::relay_addresses(config);
  state.addresses = net::local_addresses();
  if (!config.addresses.empty())
    std::erase_if(state.relays, [](const IpAddress& address) { return !net::can_bind(address); });
  state.obstacle = obstacle_of(config, state.relays);
  return state;
}

void warn_of_relays(const config::RelayConfig& config, const HostState& state) {
  if (!state.obstacle.empty()) {
    log::write(config.addresses.empty() ? log::Event::relay_on_loopback : log::Event::no_relay_address,
               {{"reason", state.obstacle}});
  }
  const AddressMap external(config.external);
  for (const IpAddress& address : state.relays) {
    if (net::scope_of(address) != net::AddressScope::private_use ||
        external.to_external(address).plain() != address)
      continue;
    log::write(
        log::Event::relay_address_is_private,
        {{"address", address.to_string()}, {"hint", std::string("behind 1:1 NAT set relay.external")}});
  }
}

asio::awaitable<void> follow_host(std::function<void()> on_change) {
  try {
    kernel::NetlinkSocket events(kGroups);
    const auto drain = [&] { static_cast<void>(events.drain([](const nlmsghdr&) {})); };
    const auto executor = co_await asio::this_coro::executor;
    asio::posix::stream_descriptor ready(executor, ::dup(events.fd()));  // of its own, for it closes it
    asio::steady_timer settled(executor);
    while (true) {
      co_await ready.async_wait(asio::posix::descriptor_base::wait_read, asio::use_awaitable);
      drain();
      settled.expires_after(kSettled);
      co_await settled.async_wait(asio::use_awaitable);
      drain();
      on_change();
    }
  } catch (const std::system_error& error) {
    log::write(log::Event::host_not_watched, {{"reason", std::string(error.what())}});
  }
}

void wait_for_addresses(const config::Config& config, const config::Origins& origins) {
  const TimePoint until =
      net::read_clock().monotonic + std::chrono::seconds(config.relay.wait_for_addresses_s);
  ServiceManager service;
  while (net::read_clock().monotonic < until) {
    const auto missing = judge_addresses(config, origins, net::can_bind);
    const config::Finding* const first = config::first_error(missing);
    const std::string waits_for = first != nullptr ? first->line() : host_state(config.relay).obstacle;
    if (waits_for.empty()) return;
    service.say_waiting(waits_for);
    std::this_thread::sleep_for(kPatience);
  }
}

}  // namespace turnpike::app
