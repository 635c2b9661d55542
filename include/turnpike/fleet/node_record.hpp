// The record that a node publishes about itself, at every heartbeat.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "turnpike/base/endpoint.hpp"
#include "turnpike/base/random.hpp"
#include "turnpike/base/time.hpp"
#include "turnpike/fleet/seal.hpp"

namespace turnpike::fleet {

// The time between two heartbeats.
inline constexpr Duration kHeartbeat = std::chrono::seconds(5);
// The silence after which a node counts as gone.
inline constexpr Duration kGoneAfter = std::chrono::seconds(15);

inline constexpr std::size_t kRegionSizeMax = 64;

// An address where clients reach a node.
struct NodeAddress {
  Transport transport = Transport::udp;
  ExternalEndpoint endpoint;

  bool operator==(const NodeAddress&) const = default;
};

// The load of a node.
struct Load {
  std::uint32_t busy_permille = 0;  // share of the workers' time in which they work
  std::uint32_t ports_used = 0, ports_total = 0;
  std::uint64_t bits_per_second = 0;

  // Returns the share in use, 0 to 1, of the workers' time or of the ports, whichever is greater.
  double share() const;

  bool operator==(const Load&) const = default;
};

// One heartbeat.
struct NodeRecord {
  std::string id;         // random, new with each process
  std::uint64_t seq = 0;  // grows with each heartbeat
  std::vector<NodeAddress> addresses;
  std::string certificate_name;  // the name that TLS clients ask for; may be empty, as all texts here
  std::string region, engine, version;
  std::vector<std::string> urls;  // for the token exchange
  Load load;
  bool is_draining = false;
  bool is_leaving = false;  // the node ends; this is its last heartbeat
  bool is_new = false;      // the node has just connected and wants everybody's records
  UnixSeconds unix_s = 0;   // by the node's own clock, for people to read
  // Numbers of the last changes of places, user_rates and room_rates.
  std::array<std::uint64_t, 3> tables{};

  // Returns the address for clients of this transport and family; nullptr if there is none.
  const NodeAddress* find(Transport transport, Family family) const;

  bool operator==(const NodeRecord&) const = default;
};

// Returns 32 random hex digits.
std::string random_node_id(Random& random);

// Returns the record's payload. Lists that are too long are cut, texts that are too long are left out.
std::string write_node(const NodeRecord& record);
// Returns the record of a payload, or why it is refused.
Result<NodeRecord, RecordFault> read_node(std::string_view payload);

}  // namespace turnpike::fleet
