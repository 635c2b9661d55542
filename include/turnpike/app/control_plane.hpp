// What the process serves to operators and to LiveKit over HTTP: on a TCP address, and on a Unix socket.
#pragma once

#include <boost/system/error_code.hpp>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "turnpike/admin/gate.hpp"
#include "turnpike/config/config.hpp"
#include "turnpike/http/server.hpp"

namespace turnpike::app {

class ControlPlane {
 public:
  // In a word why nobody new is served; empty: all are.
  using Obstacle = std::function<std::string_view()>;

  struct Served {
    std::vector<http::Route> livekit = {};  // on the TCP address alone; each request proves itself
    std::vector<http::Route> counts = {};   // to everybody, for they tell neither names nor addresses
    std::vector<http::Route> admin = {};    // on the Unix socket, and over TCP as the gate says
  };

  // Listens at once, and serves on the thread that runs the context: /healthz and /readyz (503 with
  // the obstacle) on both, and what `served` says; `proxies` tell by X-Forwarded-For whom they pass on. Over
  // TCP the Host field must name this server, as the gate says, but for health and LiveKit. What keeps it
  // from listening throws std::runtime_error, naming key and address; but a default that would serve no more
  // than health and counts is left out with a warning. The gate must outlive it.
  ControlPlane(boost::asio::io_context& context, const config::ControlConfig& config, Obstacle obstacle,
               const admin::Gate& gate, Served served, http::Proxies proxies = {});
  ControlPlane(const ControlPlane&) = delete;
  ControlPlane& operator=(const ControlPlane&) = delete;

  // Serves there and this from now on; requests that are on their way are answered. Throws as the constructor
  // does, upon which nothing has changed.
  void replace(const config::ControlConfig& config, std::vector<http::Route> livekit);

 private:
  void listen(const config::ControlConfig& config, bool has_livekit);
  // Whether it listens there.
  bool listen_on_tcp(const config::ControlConfig& config, bool has_livekit);
  bool listen_on_socket(const config::ControlConfig& config);
  boost::system::error_code listen_unix(const std::vector<std::string>& paths);

  const Obstacle obstacle_;
  const admin::Gate& gate_;
  Served served_;
  const http::Proxies proxies_;
  config::ControlConfig config_;
  http::Server tcp_;
  http::Server unix_;
};

}  // namespace turnpike::app
