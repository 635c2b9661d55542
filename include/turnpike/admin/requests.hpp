// Reads operators' requests from queries and bodies, strictly: a request has one meaning, or a sentence says
// what is wrong.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "turnpike/base/result.hpp"
#include "turnpike/log/options.hpp"
#include "turnpike/relay/route.hpp"
#include "turnpike/worker/refusals.hpp"

namespace turnpike::admin {

inline constexpr std::size_t kBodyBytesMax = 4096;
inline constexpr std::size_t kSessionsMax = 500;      // of a page
inline constexpr std::size_t kRefusalsMax = 1000;     // of an answer
inline constexpr std::size_t kNameBytesMax = 1024;    // of a user's or room's name
inline constexpr std::uint32_t kBarMax_s = 31536000;  // a year

// What is wrong with a request, in one sentence.
struct Fault {
  std::string what;
};
// A request, or what is wrong with it.
template <class Request>
using Asked = Result<Request, Fault>;

// Returns the names and values of a query such as "room=a%20b&limit=5"; nullopt if an escape is broken or a
// name appears twice.
std::optional<std::map<std::string, std::string>> parse_query(std::string_view query);

// The query of GET /api/v1/sessions.
struct SessionsRequest {
  std::optional<std::string> room = {}, user = {};
  std::optional<relay::AllocationId> allocation = {};
  relay::AllocationId after = 0;
  std::size_t limit = 100;
  bool busiest = false;
};
// Reads the parameters room, user, allocation, after, limit and sort=bits_per_second, all optional. `limit`
// is 1 to kSessionsMax.
Asked<SessionsRequest> read_sessions_request(std::string_view query);

// Reads client (ADDRESS or ADDRESS:PORT) or user, and limit, all optional. Without client and user all
// refusals match. `limit` is 1 to kRefusalsMax.
Asked<worker::RefusalQuery> read_refusals_request(std::string_view query);

// The body of POST /api/v1/end; exactly one field is set.
struct EndRequest {
  std::optional<std::string> user = {}, room = {};
  std::optional<relay::AllocationId> allocation = {};
};
// Reads a JSON object. Unknown members are a fault, here and in all bodies below.
Asked<EndRequest> read_end_request(std::string_view body);

// The body of POST /api/v1/bar.
struct BarRequest {
  std::string user = {};
  std::uint32_t seconds = 3600;  // 0 lifts the bar; kBarMax_s at most
};
Asked<BarRequest> read_bar_request(std::string_view body);

// The body of POST /api/v1/fleet/drain.
struct DrainRequest {
  std::string node;  // id of a node: 32 hexadecimal digits
};
Asked<DrainRequest> read_drain_request(std::string_view body);

Asked<log::Level> read_level_request(std::string_view body);
std::string_view to_string(log::Level level);

}  // namespace turnpike::admin
