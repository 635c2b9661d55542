// What a node says about itself, at every heartbeat.
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

inline constexpr Duration kHeartbeat = std::chrono::seconds(5);
inline constexpr Duration kGoneAfter = std::chrono::seconds(15);

inline constexpr std::size_t kRegionSizeMax = 64;

// Where clients reach a node.
struct NodeAddress {
  Transport transport = Transport::udp;
  ExternalEndpoint endpoint;

  bool operator==(const NodeAddress&) const = default;
};

struct Load {
  std::uint32_t busy_permille = 0;  // of its workers' time, not waiting
  std::uint32_t ports_used = 0, ports_total = 0;
  std::uint64_t bits_per_second = 0;

  // 0 to 1: of the workers' time or of the ports, whichever is scarcer.
  double share() const;

  bool operator==(const Load&) const = default;
};

struct NodeRecord {
  std::string id;         // random, of each process another
  std::uint64_t seq = 0;  // of each heartbeat a greater one
  std::vector<NodeAddress> addresses;
  std::string certificate_name;  // that clients over TLS ask for; may be empty, as all names
  std::string region, engine, version;
  std::vector<std::string> urls;  // for the token exchange
  Load load;
  bool is_draining = false;
  bool is_leaving = false;  // it ends, and this is its last heartbeat
  bool is_new = false;      // it has just connected, and wants everybody's records
  UnixSeconds unix_s = 0;   // by its own clock, for people alone
  // How far its tables are, by what they hold: places, user_rates, room_rates.
  std::array<std::uint64_t, 3> tables{};

  // Of the address where clients of that transport and family reach it.
  const NodeAddress* find(Transport transport, Family family) const;

  bool operator==(const NodeRecord&) const = default;
};

std::string random_node_id(Random& random);

// The record's payload. Lists that are too long are cut, names that are too long left out.
std::string write_node(const NodeRecord& record);
Result<NodeRecord, RecordFault> read_node(std::string_view payload);

}  // namespace turnpike::fleet
