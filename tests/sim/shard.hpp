// One worker of the simulated server: the rules, the routes and the forwarding decision.
#pragma once

#include <optional>

#include "turnpike/relay/forwarder.hpp"
#include "turnpike/relay/route_table.hpp"
#include "turnpike/turn/server.hpp"

namespace turnpike::sim {

struct Shard {
  Shard(const turn::ServerOptions& options, const turn::Authenticator& authenticator,
        const turn::Policies& policies, turn::Ledger& ledger, const relay::PortFilter& ports,
        relay::Meters& meters, Random& random)
      : worker(options.worker),
        server(options, authenticator, policies, ledger, random),
        forwarder({.rfc5766_channels = options.rfc5766_channels, .external = options.external}, routes, ports,
                  meters, random) {}
  Shard(const Shard&) = delete;
  Shard& operator=(const Shard&) = delete;

  std::uint32_t worker;
  turn::Server server;
  relay::RouteTable routes;
  relay::Forwarder forwarder;
  std::optional<TimePoint> wake;  // when on_deadline() is planned
};

}  // namespace turnpike::sim
