// Uses what a node knows of the others: describes this node, sends clients to others, names their URLs, and
// drains when told to.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "turnpike/config/config.hpp"
#include "turnpike/fleet/regions.hpp"
#include "turnpike/net/asio.hpp"
#include "turnpike/node/description.hpp"
#include "turnpike/node/fleet_service.hpp"
#include "turnpike/node/redirects.hpp"
#include "turnpike/worker/worker_pool.hpp"

namespace turnpike::node {

// Steers clients between the nodes of a fleet, on the main thread.
class Steering {
 public:
  static constexpr Duration kInterval = std::chrono::seconds(2);  // between two readings of the load

  // What Steering reads and controls; all of it must outlive Steering.
  struct Parts {
    FleetService& fleet;
    worker::WorkerPool& workers;
    Random& random;
    std::function<const config::Config&()> config;   // in force
    std::function<std::vector<IpAddress>()> relays;  // local addresses in force
    std::function<std::uint64_t()> allocations_max;  // 0: as many as ports allow
    std::string engine, version;
    std::function<void()> drain;  // has the workers drain; a second call does nothing
  };

  // Registers with the fleet service and describes this node to it.
  explicit Steering(Parts parts);
  Steering(const Steering&) = delete;
  Steering& operator=(const Steering&) = delete;

  // Reads the load every kInterval until the context ends.
  boost::asio::awaitable<void> run();
  // Drains this node: gives the workers a list of alternates first, so that the first refusal already names
  // one.
  void drain();

  // Returns the URLs for a participant at this address who asks for this region, "" for none. Empty if this
  // server is in no fleet or no node has URLs.
  std::vector<std::string> urls_for(std::string_view region, const IpAddress& client);
  // Returns the body of GET /api/v1/fleet.
  boost::json::object report(const Now& now) const;
  // Drains a node, which may be this one. Returns false if there is no such node or Redis is not connected.
  // Another node may miss the order.
  [[nodiscard]] bool drain_node(const std::string& node_id);
  // Returns whether clients are sent to other nodes, if there is a node for them.
  bool is_sending() const { return redirects_.is_sending(); }

 private:
  void on_tick(const Now& now);
  void look();
  void describe(fleet::NodeRecord& self) const;
  void redirect(const fleet::NodeRecord& self, const Now& now);

  Parts parts_;
  Redirects redirects_;
  BusyShare busy_;
  fleet::Load load_;
  fleet::NodeRecord described_;  // at the last look
  config::RegionsByPrefix prefixes_;
  fleet::Regions regions_;
};

}  // namespace turnpike::node
