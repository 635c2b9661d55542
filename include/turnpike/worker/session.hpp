// An allocation as operators see it, and the questions for some of them.
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

// Of the permissions and channels of an allocation, so many are told, and of others the number.
inline constexpr std::size_t kSessionListMax = 64;

struct Session {
  relay::AllocationId allocation = 0;
  FiveTuple tuple;
  std::string user_id;
  std::vector<ExternalEndpoint> relayed;  // as the client sees them
  std::vector<IpAddress> peers;           // with a permission, local form
  std::size_t peers_total = 0;
  std::vector<turn::Channel> channels;
  std::size_t channels_total = 0;
  relay::Traffic traffic;  // by whichever engine
  Pace pace;
  TimePoint since;
  TimePoint expires;  // unless it is refreshed
};

struct SessionQuery {
  std::shared_ptr<const std::vector<std::string>> user_ids = nullptr;  // null: of all users
  relay::AllocationId after = 0;  // only greater ids; of no use to `busiest`
  std::size_t max = 0;
  bool busiest = false;  // those that relay most bits per second, the busiest first; else by id
};

struct SessionPage {
  std::vector<Session> sessions;
  bool has_more = false;  // behind the last one
  bool is_whole = true;   // false: a worker was late, whose sessions are missing
};

}  // namespace turnpike::worker
