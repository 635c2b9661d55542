// Serves operators and LiveKit over HTTP, on a TCP address and on a Unix socket.
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

// The HTTP servers of the control address and the control socket. Used on the thread that runs the context.
class ControlPlane {
 public:
  // Returns one word that says why new clients are not served; "" if they are.
  using Obstacle = std::function<std::string_view()>;

  // The routes that are served, by who may use them.
  struct Served {
    std::vector<http::Route> livekit = {};  // only on the TCP address; each request carries its own proof
    std::vector<http::Route> counts = {};   // for everybody: they show neither names nor addresses
    std::vector<http::Route> admin = {};    // on the Unix socket, and over TCP behind the gate
  };

  // Listens at once and serves when the context runs: /healthz, /readyz (503 with the obstacle) and the
  // routes of `served`. `proxies` are trusted to name clients in X-Forwarded-For. Over TCP the Host field
  // must name this server, as Gate::allows_host() says, except for health and LiveKit. The gate must outlive
  // this object. Throws std::runtime_error naming key and address if an address cannot be had; a default
  // address that would serve only health and counts is left out with a warning instead.
  ControlPlane(boost::asio::io_context& context, const config::ControlConfig& config, Obstacle obstacle,
               const admin::Gate& gate, Served served, http::Proxies proxies = {});
  ControlPlane(const ControlPlane&) = delete;
  ControlPlane& operator=(const ControlPlane&) = delete;

  // Moves to the addresses of `config` and replaces LiveKit's routes; requests in progress are answered.
  // Throws as the constructor does, and then nothing has changed.
  void replace(const config::ControlConfig& config, std::vector<http::Route> livekit);

 private:
  void listen(const config::ControlConfig& config, bool has_livekit);
  // Returns whether it listens there now.
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
