// An allocation as operators see it, and the query that selects allocations.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "turnpike/base/endpoint.hpp"
#include "turnpike/base/time.hpp"
#include "turnpike/relay/route.hpp"
#include "turnpike/relay/route_table.hpp"
#include "turnpike/turn/channel.hpp"
#include "turnpike/worker/pace.hpp"

namespace turnpike::worker {

// At most so many permissions, and as many channels, of an allocation are listed; the others are only
// counted.
inline constexpr std::size_t kSessionListMax = 64;

// One allocation as operators see it.
struct Session {
  relay::AllocationId allocation = 0;
  FiveTuple tuple;
  std::string user_id;
  std::vector<ExternalEndpoint> relayed;  // external form, as in XOR-RELAYED-ADDRESS
  std::vector<IpAddress> peers;           // with a permission, local form; kSessionListMax at most
  std::size_t peers_total = 0;
  std::vector<turn::Channel> channels;
  std::size_t channels_total = 0;
  relay::Traffic traffic;  // sum of both engines
  Pace pace;
  TimePoint since;
  TimePoint expires;  // unless it is refreshed
};

// Selects a page of sessions.
struct SessionQuery {
  std::shared_ptr<const std::vector<std::string>> user_ids = nullptr;  // null: all users
  relay::AllocationId after = 0;  // only greater ids; `busiest` ignores it
  std::size_t max = 0;
  bool busiest = false;  // true: by bits per second, the highest first; false: by id
};

// The answer to a SessionQuery.
struct SessionPage {
  std::vector<Session> sessions;
  bool has_more = false;  // more sessions match than are listed
  bool is_whole = true;   // false: the sessions of a worker that did not answer in time are missing
};

}  // namespace turnpike::worker
