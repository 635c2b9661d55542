// The one contract between the TURN rules and the fast paths: what arrives here leaves there, until this
// time.
#pragma once

#include <cstdint>
#include <type_traits>

#include "turnpike/base/endpoint.hpp"
#include "turnpike/base/time.hpp"

namespace turnpike::relay {

// Unique while the server lives; the worker that owns it stands in the upper 16 bits.
using AllocationId = std::uint64_t;
using MeterId = std::uint32_t;  // the user's byte budget; 0 = unmetered

// Whom an allocation may reach.
enum class Reach : std::uint8_t {
  policy,    // what the peer policy allows
  visitors,  // relays of visitors, and nothing else
};

// Where a client's packets leave: the worker that holds it, and that worker's name for the socket or
// connection.
struct ClientRef {
  std::uint32_t worker = 0;
  std::uint32_t path = 0;

  bool operator==(const ClientRef&) const = default;
};

// A client, as the shell hands it to the core: the 5-tuple that identifies it, and the way back.
struct Client {
  FiveTuple tuple;
  ClientRef ref;

  bool operator==(const Client&) const = default;
};

// One direction-free rule, written by the core and read by the forwarder and the kernel engine. With a
// channel it joins (client, channel) and (relay, peer). With channel 0 and peer port 0 it is a permission:
// any port of the peer's address, carried in Send and Data indications. Plain bytes without padding: compared
// and hashed as such.
struct Route {
  FiveTuple client;
  ClientRef ref;
  RelayEndpoint relay;
  PeerEndpoint peer;
  std::uint16_t channel = 0;
  std::uint8_t ports_filtered = 0;  // 1: the peer policy must be asked for each port of this address
  Reach reach = Reach::policy;      // by which the peer policy is asked
  MeterId meter = 0;
  std::uint32_t zero_tail = 0;
  TimePoint deadline;  // the earliest of the ends of allocation, permission and channel; from then on nothing
                       // passes
  AllocationId allocation = 0;

  bool is_permission() const { return channel == 0; }
  bool operator==(const Route&) const = default;
};

static_assert(std::is_trivially_copyable_v<Route> && std::has_unique_object_representations_v<Route> &&
              sizeof(Route) == 120);

}  // namespace turnpike::relay
