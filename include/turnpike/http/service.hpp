// The routes and limits that all connections of an HTTP server share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>

#include "turnpike/base/endpoint.hpp"
#include "turnpike/base/time.hpp"
#include "turnpike/http/router.hpp"

namespace turnpike::http {

// Returns the proxies whose X-Forwarded-For is believed. Called for each request, because a reload may change
// them; an empty function means no proxies.
using Proxies = std::function<std::span<const IpPrefix>()>;

// The limits of a server over all its connections; 0 connections means no limit. When a limit is reached, the
// connection that has been idle longest is closed for the new one. A connection whose request is being
// answered or is vouched for (Route::vouch) is never closed for another.
struct Limits {
  std::size_t connections_max = 256;
  // IPv6 addresses count by /64, and by /48 with four times this limit. Clients on a Unix socket and known
  // proxies are not counted.
  std::size_t connections_per_address_max = 64;
  std::uint32_t header_bytes_max = 8192;  // request line and fields; more is answered with 431
  // idle_max, request_max and write_max are each for the whole step, however slowly its bytes move; after
  // that time the connection is closed.
  Duration idle_max = std::chrono::seconds(60);     // until the first byte of a request
  Duration request_max = std::chrono::seconds(10);  // until its last byte
  Duration write_max = std::chrono::seconds(10);
  bool keeps_alive = true;  // false: a connection is closed after its first response
  Proxies proxies{};
  // Returns true if the Host field names this server; an empty function allows every name. Under other names
  // only routes with `any_host` are served, and the rest gets 421: another site could point a name of its own
  // here, so that its page reads the responses as its own (DNS rebinding).
  std::function<bool(std::string_view field)> allows_host{};
};

// Returns the known proxies; empty if `proxies` is.
inline std::span<const IpPrefix> proxies_of(const Limits& limits) {
  return limits.proxies ? limits.proxies() : std::span<const IpPrefix>();
}

// The other end of a connection.
struct Adopted {
  Endpoint client{};  // without a family on a Unix socket
  bool by_tls = false;
};

// Is told of each fault; `where` is a path, or an address that the server listens on.
using FaultLog = std::function<void(std::string_view where, std::string_view what)>;

// Is told of each WebSocket that is passed on and whose target has a query: `query` is the part of its target
// behind the '?', `status` that of the upstream's response, or 0 when the request is sent.
using PassedLog = std::function<void(std::string_view query, unsigned status)>;

class Upstreams;  // turnpike/http/upstreams.hpp

// Shared by all connections of a server, and never changed.
struct Service {
  Router router;
  Limits limits;
  FaultLog on_fault;
  std::shared_ptr<const Upstreams> upstreams{};  // serve requests without a route; null: none
  PassedLog on_passed{};
};

}  // namespace turnpike::http
