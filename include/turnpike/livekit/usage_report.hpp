// Accounts of rooms and participants, as values and as JSON.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "turnpike/base/endpoint.hpp"
#include "turnpike/base/time.hpp"
#include "turnpike/relay/route_table.hpp"

namespace turnpike::livekit {

// The sum over some allocations.
struct Usage {
  std::uint32_t allocations = 0;        // that are alive
  std::uint32_t allocations_total = 0;  // alive and ended
  TimePoint since = TimePoint::max();   // start of the first allocation
  relay::Traffic traffic;               // of alive and ended allocations
  std::uint64_t bits_per_second = 0;    // both directions together

  Usage& operator+=(const Usage& other);
  bool operator==(const Usage&) const = default;
};

// The account of one user.
struct ParticipantUsage {
  // The user of the credential: a participant's SID, a bound user, or anything else outside rooms.
  std::string user_id;
  std::string identity;                 // empty outside rooms
  std::vector<Transport> transports{};  // of live allocations, each once
  Usage usage{};

  bool operator==(const ParticipantUsage&) const = default;
};

// The account of one room.
struct RoomUsage {
  std::string name;
  std::uint32_t participants_left = 0;           // participants with an allocation who have left
  Usage usage{};                                 // of all participants, including those who have left
  std::vector<ParticipantUsage> participants{};  // ordered by user id

  bool operator==(const RoomUsage&) const = default;
};

// All accounts at one time.
struct UsageView {
  std::vector<RoomUsage> rooms;          // ordered by name
  std::vector<ParticipantUsage> others;  // outside rooms, ordered by user id

  bool operator==(const UsageView&) const = default;
};

// Returns the accounts as JSON, in the format of docs/limits-and-accounts.md.
std::string usage_json(const UsageView& view, TimePoint now);

}  // namespace turnpike::livekit
