// The quotas of a process that is a node: joined with its fleet, its workers and its configuration.
#pragma once

#include "turnpike/config/config.hpp"
#include "turnpike/net/asio.hpp"
#include "turnpike/node/fleet_service.hpp"
#include "turnpike/node/shared_quotas.hpp"
#include "turnpike/worker/worker_pool.hpp"

namespace turnpike::node {

QuotaLimits quota_limits(const config::LimitsConfig& limits);

// On the main thread. What it is given must outlive it.
class FleetQuotas {
 public:
  // Before the workers start.
  FleetQuotas(boost::asio::io_context& context, FleetService& service, worker::WorkerPool& workers,
              SharedQuotas::Rooms rooms, const config::LimitsConfig& limits);
  FleetQuotas(const FleetQuotas&) = delete;
  FleetQuotas& operator=(const FleetQuotas&) = delete;

  // After the workers have the new limits.
  void reload(const config::LimitsConfig& limits) { quotas_.set_limits(quota_limits(limits)); }
  SharedQuotas::Counts counts() const { return quotas_.counts(); }

 private:
  SharedQuotas quotas_;
};

}  // namespace turnpike::node
