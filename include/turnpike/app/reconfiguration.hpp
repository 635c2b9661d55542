// What changes while the server runs: the configuration when somebody asks for it, addresses and certificates
// when they do.
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

// The keys whose values differ, in the order of the file.
std::vector<std::string> changed_keys(const config::Config& one, const config::Config& other);

// Where the configuration comes from; both read it anew.
struct ConfigSource {
  std::string file;                      // for the log; empty: none
  std::function<config::Config()> read;  // for what it leaves to the network, whatever is wrong with it
  // With its warnings; throws ConfigError, upon which what is running stays.
  std::function<config::Config(const config::Found&)> load;
};

// On the main thread.
class Reconfiguration {
 public:
  // All that it changes; they outlive it.
  struct Parts {
    worker::WorkerPool& workers;
    sfu::LiveKitService& livekit;
    node::FleetService& fleet;
    node::FleetQuotas& quotas;
    const ServiceManager& service;
    std::function<void()> read_usage;  // so that limits of rooms find who is in which
    admin::Gate& gate;
    std::function<void(const config::Config&)> serve_http;  // throws where it cannot be served
  };

  // `running` is what the parts were made of, but for the limits that follow from `resources`.
  Reconfiguration(config::Config running, ConfigSource source, config::Found found,
                  const Resources& resources, HostState host, const Parts& parts);
  Reconfiguration(const Reconfiguration&) = delete;
  Reconfiguration& operator=(const Reconfiguration&) = delete;

  // Reads the configuration again, asks the network what it leaves to it, and looks for changes of the host.
  // The log's file is opened anew whatever else fails. Returns why nothing has changed but that; empty: all
  // is in force.
  boost::asio::awaitable<std::string> reload();
  // Takes over the relay addresses that the host has by now, and ends what is on those it has lost.
  void follow_host();
  // Asks the network again every 30 seconds, sooner where it has not answered, until the context ends.
  boost::asio::awaitable<void> follow_network();
  // Looks for another certificate every second, until the context ends.
  boost::asio::awaitable<void> watch_certificate();

  // Why no relay is of use to anybody: "no_relay_address"; or nothing.
  std::string_view obstacle() const { return host_.obstacle.empty() ? "" : "no_relay_address"; }
  // Of the last reload; empty: it is in force.
  const std::string& refusal() const { return refusal_; }
  const config::Config& running() const { return running_; }
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
