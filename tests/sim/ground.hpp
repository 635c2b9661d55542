// What is really open on the server's machine: relay sockets and client connections. The site writes it, the
// auditor reads it.
#pragma once

#include <map>
#include <set>

#include "turnpike/base/endpoint.hpp"
#include "turnpike/relay/route.hpp"

namespace turnpike::sim {

struct RelaySocket {
  std::uint32_t shard = 0;
  relay::AllocationId allocation = 0;
  bool reserves_next = false;
};

struct Ground {
  std::map<RelayEndpoint, RelaySocket> open;     // by relay, local form
  std::map<RelayEndpoint, RelaySocket> opening;  // asked for, not answered
  std::set<RelayEndpoint> reserved;              // bound, and nobody's relay
  std::set<relay::AllocationId> placeless;       // wait for what others have abandoned
  std::map<std::uint32_t, FiveTuple> streams;    // by path
};

}  // namespace turnpike::sim
