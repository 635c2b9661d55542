// What a node does with what it knows of the others: describes itself, sends clients there, names their URLs,
// and drains when it is told to.
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

// On the main thread.
class Steering {
 public:
  static constexpr Duration kInterval = std::chrono::seconds(2);  // of looks at the load

  // What it reads and tells; all of it outlives this.
  struct Parts {
    FleetService& fleet;
    worker::WorkerPool& workers;
    Random& random;
    std::function<const config::Config&()> config;   // in force
    std::function<std::vector<IpAddress>()> relays;  // local addresses in force
    std::function<std::uint64_t()> allocations_max;  // 0: as many as ports allow
    std::string engine, version;
    std::function<void()> drain;  // has the workers drain; once more is nothing new
  };

  explicit Steering(Parts parts);
  Steering(const Steering&) = delete;
  Steering& operator=(const Steering&) = delete;

  // Reads the load, until the context ends.
  boost::asio::awaitable<void> run();
  // The workers drain, and know where to send clients from their first refusal on.
  void drain();

  // For a participant at that address who asks for that region, "" where for none. None: this server is in no
  // fleet, or no node has any.
  std::vector<std::string> urls_for(std::string_view region, const IpAddress& client);
  // As GET /api/v1/fleet has it.
  boost::json::object report(const Now& now) const;
  // Has that node drain, which may be this one; another one may not hear of it. False: there is none, or
  // Redis is away.
  [[nodiscard]] bool drain_node(const std::string& node_id);
  // Whether clients are sent to other nodes, if there are any for them.
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
