// What all connections of an HTTP server share: the routes, the limits, and who hears of faults.
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

// Whose X-Forwarded-For is believed; asked for each request, for a reload may change them. None: nobody's.
using Proxies = std::function<std::span<const IpPrefix>()>;

// 0 connections is no limit. Where a limit is reached, the connection that has been idle longest makes room
// for a new one; one whose request is being answered, or is vouched for (Route), does not.
struct Limits {
  std::size_t connections_max = 256;
  // IPv6: by /64, and four times as many by /48. Clients on a Unix socket have no address, and a proxy has
  // those of many.
  std::size_t connections_per_address_max = 64;
  std::uint32_t header_bytes_max = 8192;  // request line and fields, beyond is 431
  // Each is for the whole of it, however slowly its bytes come or go; the connection is closed then.
  Duration idle_max = std::chrono::seconds(60);     // until the first byte of a request
  Duration request_max = std::chrono::seconds(10);  // until its last
  Duration write_max = std::chrono::seconds(10);
  bool keeps_alive = true;  // false: a connection ends with its first response
  Proxies proxies{};
  // Whether the Host field names this server; by other names only some routes are served (Route), with 421
  // for the rest: a page of another site can have its own name lead here, and read as that site what this
  // one answers. None: every name will do.
  std::function<bool(std::string_view field)> allows_host{};
};

inline std::span<const IpPrefix> proxies_of(const Limits& limits) {
  return limits.proxies ? limits.proxies() : std::span<const IpPrefix>();
}

// The client of a connection that somebody else has accepted.
struct Adopted {
  Endpoint client{};  // of no family on a Unix socket
  bool by_tls = false;
};

// `where` is a path or an address that the server listens on.
using FaultLog = std::function<void(std::string_view where, std::string_view what)>;

// Of a WebSocket that is passed on: what stands behind the '?' of its target, and the status of the
// upstream's answer; 0: it is on its way there.
using PassedLog = std::function<void(std::string_view query, unsigned status)>;

class Upstreams;  // turnpike/http/upstreams.hpp

struct Service {
  Router router;
  Limits limits;
  FaultLog on_fault;
  std::shared_ptr<const Upstreams> upstreams{};  // get what no route serves; null: there are none
  PassedLog on_passed{};
};

}  // namespace turnpike::http
