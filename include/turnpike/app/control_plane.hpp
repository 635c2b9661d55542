// What the process serves to operators and to LiveKit over HTTP: on a TCP address, and on a Unix socket.
#pragma once

#include <boost/system/error_code.hpp>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "turnpike/config/config.hpp"
#include "turnpike/http/server.hpp"

namespace turnpike::app {

class ControlPlane {
 public:
  // In a word why nobody new is served; empty: all are.
  using Obstacle = std::function<std::string_view()>;

  // Listens at once, and serves on the thread that runs the context: /healthz, /readyz (503 with the
  // obstacle) and `routes` on both, `tcp_routes` on the TCP address only, `unix_routes` on the Unix socket
  // only; `proxies` tell by X-Forwarded-For whom they pass on. What keeps it from listening throws
  // std::runtime_error, naming key and address; but a default that would serve nothing of its own is left out
  // with a warning.
  ControlPlane(boost::asio::io_context& context, const config::ControlConfig& config,
               const Obstacle& obstacle, const std::vector<http::Route>& routes,
               const std::vector<http::Route>& tcp_routes, const std::vector<http::Route>& unix_routes,
               const std::vector<IpPrefix>& proxies = {});
  ControlPlane(const ControlPlane&) = delete;
  ControlPlane& operator=(const ControlPlane&) = delete;

 private:
  boost::system::error_code listen_unix(const std::vector<std::string>& paths);

  http::Server tcp_;
  http::Server unix_;
};

}  // namespace turnpike::app
