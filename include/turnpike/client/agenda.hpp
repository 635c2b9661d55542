// Requests to be made again later, so that allocation, permissions and channels stay alive (RFC 8656 8, 10,
// 12).
#pragma once

#include <map>
#include <optional>

#include "turnpike/base/time.hpp"
#include "turnpike/client/request.hpp"

namespace turnpike::client {

class Agenda {
 public:
  // Puts the request at `due`, moving it there if it is on the agenda already.
  void set(const Request& request, TimePoint due);
  void clear() { entries_.clear(); }

  std::optional<TimePoint> next() const;
  // Takes out one request whose time is not later than `now`.
  std::optional<Request> pop_due(TimePoint now);

 private:
  void remove(const Request& request);

  std::multimap<TimePoint, Request> entries_;
};

}  // namespace turnpike::client
