// What operators can ask of the server, read from queries and bodies, strictly: one meaning, or a sentence
// that says what is wrong.
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
inline constexpr std::size_t kSessionsMax = 500;      // a page
inline constexpr std::size_t kRefusalsMax = 1000;     // an answer
inline constexpr std::size_t kNameBytesMax = 1024;    // of a user or a room
inline constexpr std::uint32_t kBarMax_s = 31536000;  // a year

// What is wrong with a request, in one sentence.
struct Fault {
  std::string what;
};
template <class Request>
using Asked = Result<Request, Fault>;

// Name -> value of "room=a%20b&limit=5". Nothing where an escape is broken or a name is there twice.
std::optional<std::map<std::string, std::string>> parse_query(std::string_view query);

struct SessionsRequest {
  std::optional<std::string> room = {}, user = {};
  std::optional<relay::AllocationId> allocation = {};
  relay::AllocationId after = 0;
  std::size_t limit = 100;
  bool busiest = false;
};
// room, user, allocation, after, limit, sort=bits_per_second: all may be missing.
Asked<SessionsRequest> read_sessions_request(std::string_view query);

// client (ADDRESS or ADDRESS:PORT) or user, and limit; without the former two: everybody's.
Asked<worker::RefusalQuery> read_refusals_request(std::string_view query);

// Exactly one of the three.
struct EndRequest {
  std::optional<std::string> user = {}, room = {};
  std::optional<relay::AllocationId> allocation = {};
};
Asked<EndRequest> read_end_request(std::string_view body);

struct BarRequest {
  std::string user = {};
  std::uint32_t seconds = 3600;  // 0: the bar is lifted
};
Asked<BarRequest> read_bar_request(std::string_view body);

// Of another node.
struct DrainRequest {
  std::string node;  // its id: 32 digits of hex
};
Asked<DrainRequest> read_drain_request(std::string_view body);

Asked<log::Level> read_level_request(std::string_view body);
std::string_view to_string(log::Level level);

}  // namespace turnpike::admin
