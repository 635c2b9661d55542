// Requests to be made again later, so that allocation, permissions and channels stay alive (RFC 8656 8, 10,
// 12).
#pragma once

#include <map>
#include <optional>

#include "turnpike/base/time.hpp"
#include "turnpike/client/request.hpp"

namespace turnpike::client {

// Holds requests by the time at which they must be repeated.
class Agenda {
 public:
  // Adds the request, or changes its time if it is there already.
  void set(const Request& request, TimePoint due);
  void clear() { entries_.clear(); }

  // Returns the earliest time, or nullopt if the agenda is empty.
  std::optional<TimePoint> next() const;
  // Removes and returns one request whose time is not after `now`; nullopt if there is none.
  std::optional<Request> pop_due(TimePoint now);

 private:
  void remove(const Request& request);

  std::multimap<TimePoint, Request> entries_;
};

}  // namespace turnpike::client
