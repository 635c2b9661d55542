// The administration API: what is alive, what was refused, what is to end. docs/openapi.yaml describes it.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "turnpike/admin/report.hpp"
#include "turnpike/admin/requests.hpp"
#include "turnpike/config/config.hpp"
#include "turnpike/http/router.hpp"
#include "turnpike/livekit/room_registry.hpp"
#include "turnpike/net/asio.hpp"
#include "turnpike/worker/engine_report.hpp"
#include "turnpike/worker/kernel_engine.hpp"
#include "turnpike/worker/worker_pool.hpp"

namespace turnpike::admin {

// The outcome of an order to a node of the fleet: sent; this server is in no fleet; Redis is away; no such
// node.
enum class Ordered : std::uint8_t { sent, alone, cut_off, unknown };

// Answers operators' requests, on the main thread.
class Api {
 public:
  // The parts that the API asks; they outlive the Api.
  struct Parts {
    worker::WorkerPool& workers;
    const livekit::RoomRegistry& registry;
    const worker::KernelEngine* engine;  // null if the sockets relay everything
    worker::EngineReport engine_report;  // only the setting, and why the engine does not run
  };
  // What the API has the process do.
  struct Process {
    std::string version;
    // Reloads the configuration. Returns why it is not in force; "" if it is.
    std::function<boost::asio::awaitable<std::string>()> reload;
    std::function<void()> drain;                     // drains, then ends the process
    std::function<std::string_view()> obstacle;      // why new clients are not served; "" if they are
    std::function<const config::Config&()> config;   // in force
    std::function<std::string()> refusal;            // why the last reload failed; "" if it is in force
    std::function<std::vector<IpAddress>()> relays;  // local relay addresses in force
    // Tells other servers that an operator has barred the user for `life`, or has lifted the bar if `life` is
    // 0.
    std::function<void(const std::string& user, Duration life)> share_bar = [](const auto&, auto) {};
    // Returns the body of GET /api/v1/fleet. The default is that of a server in no fleet.
    std::function<boost::json::object()> fleet = [] { return boost::json::object{{"is_in_fleet", false}}; };
    // Has another node drain. The node may miss the order.
    std::function<Ordered(const std::string& node_id)> drain_node = [](const std::string&) {
      return Ordered::alone;
    };
  };

  Api(Parts parts, Process process);
  Api(const Api&) = delete;
  Api& operator=(const Api&) = delete;

  // Returns the route of GET /api/v1/counts, which shows only numbers and may be served to everybody.
  std::vector<http::Route> counts_routes();
  // Returns all other routes, which are only for operators.
  std::vector<http::Route> routes();

 private:
  using Answer = boost::asio::awaitable<http::Response>;

  Answer tell_counts();
  Answer tell_status();
  Answer tell_sessions(const http::Request& request);
  Answer tell_refusals(const http::Request& request);
  Answer tell_engine();
  Answer end(const http::Request& request);
  Answer bar(const http::Request& request);
  Answer reload();
  Answer reload_in_words();
  http::Response drain();
  http::Response drain_node(const http::Request& request);
  http::Response set_level(const http::Request& request);
  http::Response tell_certificates() const;

  boost::asio::awaitable<Counts> read_counts();
  boost::json::array certificates() const;
  FindRoom find_room() const;
  std::shared_ptr<const std::vector<std::string>> users_of_room(const std::string& room) const;
  boost::asio::awaitable<std::vector<worker::Session>> end_all_of(
      std::shared_ptr<const std::vector<std::string>> user_ids);
  boost::json::object ended_json(const std::vector<worker::Session>& ended) const;

  Parts parts_;
  Process process_;
  TimePoint started_;
};

}  // namespace turnpike::admin
