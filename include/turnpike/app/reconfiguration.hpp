// Changes a running server: takes a new configuration when asked, and new addresses and certificates when
// they change.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "turnpike/admin/gate.hpp"
#include "turnpike/app/capacity.hpp"
#include "turnpike/app/host_state.hpp"
#include "turnpike/app/service_manager.hpp"
#include "turnpike/config/config.hpp"
#include "turnpike/config/found.hpp"
#include "turnpike/net/asio.hpp"
#include "turnpike/net/file_stamp.hpp"
#include "turnpike/node/fleet_quotas.hpp"
#include "turnpike/node/fleet_service.hpp"
#include "turnpike/sfu/livekit_service.hpp"
#include "turnpike/worker/worker_pool.hpp"

namespace turnpike::app {

// Returns the keys whose values differ, in the order of the file.
std::vector<std::string> changed_keys(const config::Config& one, const config::Config& other);

// Where the configuration comes from. Both functions read it again.
struct ConfigSource {
  std::string file;  // path for the log; empty: none
  // Returns the configuration for its look-ups in the network, whatever else is wrong with it.
  std::function<config::Config()> read;
  // Returns the configuration with its warnings. Throws ConfigError, and then the running one stays.
  std::function<config::Config(const config::Found&)> load;
};

// Applies changes to the parts of a running server, on the main thread.
class Reconfiguration {
 public:
  // The parts that change; they outlive the Reconfiguration.
  struct Parts {
    worker::WorkerPool& workers;
    sfu::LiveKitService& livekit;
    node::FleetService& fleet;
    node::FleetQuotas& quotas;
    const ServiceManager& service;
    std::function<void()> read_usage;  // lets new limits of rooms learn who is in which room
    admin::Gate& gate;
    std::function<void(const config::Config&)> serve_http;  // throws if it cannot be served
  };

  // `running` is the configuration that the parts were made of, without the limits that follow from
  // `resources`.
  Reconfiguration(config::Config running, ConfigSource source, config::Found found,
                  const Resources& resources, HostState host, const Parts& parts);
  Reconfiguration(const Reconfiguration&) = delete;
  Reconfiguration& operator=(const Reconfiguration&) = delete;

  // Reads the configuration again, looks up its names in the network, and looks for changes of the host. The
  // log file is reopened in any case. Returns why nothing else has changed; "" if everything is in force.
  boost::asio::awaitable<std::string> reload();
  // Takes the current relay addresses of the host and ends allocations on those that are gone.
  void follow_host();
  // Looks names up again every 30 seconds, sooner after a failure, until the context ends.
  boost::asio::awaitable<void> follow_network();
  // Checks every second for a changed certificate, until the context ends.
  boost::asio::awaitable<void> watch_certificate();

  // Returns "no_relay_address" if relays cannot serve other hosts, or "".
  std::string_view obstacle() const { return host_.obstacle.empty() ? "" : "no_relay_address"; }
  // Returns why the last reload failed; "" if it is in force.
  const std::string& refusal() const { return refusal_; }
  // Returns the configuration in force.
  const config::Config& running() const { return running_; }
  // Returns the local relay addresses in force.
  const std::vector<IpAddress>& relays() const { return host_.relays; }

 private:
  void load_and_replace(const config::Found& found);
  void put_in_force(const config::Config& next);
  void take(const config::Found& found);
  void note(const config::Found& found);
  void take_certificate();

  const config::Config started_;  // what needs a restart stays as it is here
  config::Config running_;
  ConfigSource source_;
  config::Found found_;
  TimePoint ask_at_;       // the network
  Duration ask_again_in_;  // where it has not answered
  Resources resources_;
  HostState host_;
  Parts parts_;
  std::string refusal_;
  std::vector<net::FileStamp> certificate_;  // and key, of all names, as they were when they were tried last
  bool certificate_failed_ = false;          // once
};

}  // namespace turnpike::app
