// The one contract between the TURN rules and the fast paths: what arrives here leaves there, until a time.
#pragma once

#include <cstdint>
#include <type_traits>

#include "turnpike/base/endpoint.hpp"
#include "turnpike/base/time.hpp"

namespace turnpike::relay {

// Id of an allocation, unique while the server lives. The upper 16 bits are the number of the worker that
// owns the allocation.
using AllocationId = std::uint64_t;
using MeterId = std::uint32_t;  // number of the user's byte budget; 0 = unmetered

// Says which peers an allocation may reach.
enum class Reach : std::uint8_t {
  policy,    // peers that the peer policy allows
  visitors,  // relays of visitors only
};

// Names the way to a client: the worker that holds the client, and the worker's number of the socket or
// connection.
struct ClientRef {
  std::uint32_t worker = 0;
  std::uint32_t path = 0;

  bool operator==(const ClientRef&) const = default;
};

// Holds the 5-tuple that identifies a client, and the way back to it.
struct Client {
  FiveTuple tuple;
  ClientRef ref;

  bool operator==(const Client&) const = default;
};

// Holds one rule for both directions, written by the core and read by the forwarder and the kernel engine.
//   - With a channel the rule joins (client, channel) and (relay, peer).
//   - With channel 0 and peer port 0 the rule is a permission: it holds for any port of the peer's address,
//     and data travels in Send and Data indications.
// Plain bytes without padding, compared and hashed as such.
struct Route {
  FiveTuple client;
  ClientRef ref;
  RelayEndpoint relay;
  PeerEndpoint peer;
  std::uint16_t channel = 0;
  std::uint8_t ports_filtered = 0;  // 1: the peer policy must be asked for each port of this address
  Reach reach = Reach::policy;      // passed to the peer policy
  MeterId meter = 0;
  std::uint32_t zero_tail = 0;
  // The earliest end of the allocation, the permission and the channel. Nothing passes from then on.
  TimePoint deadline;
  AllocationId allocation = 0;

  bool is_permission() const { return channel == 0; }
  bool operator==(const Route&) const = default;
};

static_assert(std::is_trivially_copyable_v<Route> && std::has_unique_object_representations_v<Route> &&
              sizeof(Route) == 120);

}  // namespace turnpike::relay
