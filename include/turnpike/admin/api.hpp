// The API for operators: what is alive, what was refused, what is to end; docs/openapi.yaml describes it.
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

// What became of an order to a node of the fleet.
enum class Ordered : std::uint8_t { sent, alone, cut_off, unknown };

// On the main thread.
class Api {
 public:
  // What it asks; they outlive it.
  struct Parts {
    worker::WorkerPool& workers;
    const livekit::RoomRegistry& registry;
    const worker::KernelEngine* engine;  // null: the sockets relay everything
    worker::EngineReport engine_report;  // the setting, and why the engine does not run
  };
  // What the process does.
  struct Process {
    std::string version;
    // Returns why it is not in force; empty: it is.
    std::function<boost::asio::awaitable<std::string>()> reload;
    std::function<void()> drain;                     // and end when empty
    std::function<std::string_view()> obstacle;      // why nobody new is served; empty: all are
    std::function<const config::Config&()> config;   // in force
    std::function<std::string()> refusal;            // of the last reload; empty: it is in force
    std::function<std::vector<IpAddress>()> relays;  // local addresses
    // An operator has barred the user for so long, or, for no time, lifts that: for other servers.
    std::function<void(const std::string& user, Duration life)> share_bar = [](const auto&, auto) {};
    // All nodes, and false: this server is alone.
    std::function<boost::json::object()> fleet = [] { return boost::json::object{{"is_in_fleet", false}}; };
    // Has another node do as drain() does; it may not hear of it.
    std::function<Ordered(const std::string& node_id)> drain_node = [](const std::string&) {
      return Ordered::alone;
    };
  };

  Api(Parts parts, Process process);
  Api(const Api&) = delete;
  Api& operator=(const Api&) = delete;

  // Numbers, for everybody: GET /api/v1/counts.
  std::vector<http::Route> counts_routes();
  // All others, for operators.
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
