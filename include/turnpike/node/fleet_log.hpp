// What the log tells of Redis and of the other nodes.
#pragma once

#include <optional>
#include <string>

#include "turnpike/node/fleet_service.hpp"

namespace turnpike::node {

// On the main thread. Of a server that is away it tells once, and again at most once a minute where the cause
// is another one.
class FleetLog {
 public:
  static constexpr Duration kPause = std::chrono::minutes(1);

  // Follows the service, which must outlive it.
  explicit FleetLog(FleetService& service);
  FleetLog(const FleetLog&) = delete;
  FleetLog& operator=(const FleetLog&) = delete;

  // Whether a failure at that time is news.
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
  std::optional<Told> told_;  // since the last connection
  fleet::RecordFaults faults_;
  std::optional<TimePoint> refused_at_, records_at_;
};

}  // namespace turnpike::node
