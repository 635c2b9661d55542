// Writes log lines about Redis and about the other nodes.
#pragma once

#include <optional>
#include <string>

#include "turnpike/node/fleet_service.hpp"

namespace turnpike::node {

// Logs the events of a FleetService, on the main thread. A lost Redis is logged once, and again only for
// another cause and at most once a minute.
class FleetLog {
 public:
  static constexpr Duration kPause = std::chrono::minutes(1);

  // Registers with the service, which must outlive this object.
  explicit FleetLog(FleetService& service);
  FleetLog(const FleetLog&) = delete;
  FleetLog& operator=(const FleetLog&) = delete;

  // Returns whether a failure at this time must be logged, and if so remembers it as logged.
  bool is_news(redis::Cause cause, TimePoint now);

 private:
  struct Told {
    redis::Cause cause;
    TimePoint when;
  };

  void on_connected();
  void on_lost(const redis::Failure& failure);
  void on_refused(const redis::Failure& failure);
  void on_tick(TimePoint now);
  void tell_of_records(TimePoint now);

  FleetService& service_;
  std::optional<Told> told_;  // logged since the last connection
  fleet::RecordFaults faults_;
  std::optional<TimePoint> refused_at_, records_at_;
};

}  // namespace turnpike::node
