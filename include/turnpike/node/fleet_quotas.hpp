// Joins the shared quotas of a node with its fleet, workers and configuration.
#pragma once

#include "turnpike/config/config.hpp"
#include "turnpike/net/asio.hpp"
#include "turnpike/node/fleet_service.hpp"
#include "turnpike/node/shared_quotas.hpp"
#include "turnpike/worker/worker_pool.hpp"

namespace turnpike::node {

// Returns the limits of the configuration that a fleet shares.
QuotaLimits quota_limits(const config::LimitsConfig& limits);

// Owns the shared quotas of this process, on the main thread. All arguments must outlive this object.
class FleetQuotas {
 public:
  // Call before the workers start.
  FleetQuotas(boost::asio::io_context& context, FleetService& service, worker::WorkerPool& workers,
              SharedQuotas::Rooms rooms, const config::LimitsConfig& limits);
  FleetQuotas(const FleetQuotas&) = delete;
  FleetQuotas& operator=(const FleetQuotas&) = delete;

  // Puts new limits into force; call it when the workers have them.
  void reload(const config::LimitsConfig& limits) { quotas_.set_limits(quota_limits(limits)); }
  SharedQuotas::Counts counts() const { return quotas_.counts(); }

 private:
  SharedQuotas quotas_;
};

}  // namespace turnpike::node
