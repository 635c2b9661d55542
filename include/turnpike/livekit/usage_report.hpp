// Accounts of rooms and their participants, as values and as JSON.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "turnpike/base/endpoint.hpp"
#include "turnpike/base/time.hpp"
#include "turnpike/relay/route_table.hpp"

namespace turnpike::livekit {

struct Usage {
  std::uint32_t allocations = 0;        // alive
  std::uint32_t allocations_total = 0;  // and those that have ended
  TimePoint since = TimePoint::max();   // the first of them began
  relay::Traffic traffic;               // of all of them
  std::uint64_t bits_per_second = 0;    // both directions

  Usage& operator+=(const Usage& other);
  bool operator==(const Usage&) const = default;
};

struct ParticipantUsage {
  std::string
      user_id;  // of the credential: a participant's SID, a bound user, or anything else outside rooms
  std::string identity;                 // empty outside rooms
  std::vector<Transport> transports{};  // of the allocations that are alive, each once
  Usage usage{};

  bool operator==(const ParticipantUsage&) const = default;
};

struct RoomUsage {
  std::string name;
  std::uint32_t participants_left = 0;           // who relayed something
  Usage usage{};                                 // of all participants, those who have left too
  std::vector<ParticipantUsage> participants{};  // by user id

  bool operator==(const RoomUsage&) const = default;
};

struct UsageView {
  std::vector<RoomUsage> rooms;          // by name
  std::vector<ParticipantUsage> others;  // by user id

  bool operator==(const UsageView&) const = default;
};

// The format is that of docs/limits-and-accounts.md.
std::string usage_json(const UsageView& view, TimePoint now);

}  // namespace turnpike::livekit
