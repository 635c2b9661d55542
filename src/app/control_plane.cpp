#include "turnpike/app/control_plane.hpp"

#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <utility>

#include "turnpike/console/control_socket.hpp"
#include "turnpike/log/log.hpp"

namespace turnpike::app {
namespace {

using Routes = std::vector<http::Route>;

// Balancers call by any name.
Routes for_any_host(Routes routes) {
  for (http::Route& route : routes) route.any_host = true;
  return routes;
}

Routes health_routes(const ControlPlane::Obstacle& obstacle) {
  return {{"GET", "/healthz", [](const http::Request&) { return http::Response{.body = "alive\n"}; }, 0, {}},
          {"GET",
           "/readyz",
           [obstacle](const http::Request&) {
             const std::string why(obstacle());
             return why.empty() ? http::Response{.body = "ready\n"}
                                : http::Response{.status = 503, .body = why + "\n"};
           },
           0,
           {}}};
}

Routes joined(Routes routes, const Routes& more) {
  routes.insert(routes.end(), more.begin(), more.end());
  return routes;
}

// Browsers and LiveKit come by the public name of whatever is in front.
Routes tcp_routes(const ControlPlane::Obstacle& obstacle, const admin::Gate& gate,
                  const ControlPlane::Served& served) {
  Routes routes = for_any_host(joined(health_routes(obstacle), served.livekit));
  routes = joined(std::move(routes), served.counts);
  for (const http::Route& route : served.admin) routes.push_back(gate.guard(route));
  return routes;
}

http::Limits tcp_limits(const admin::Gate& gate, const http::Proxies& proxies) {
  http::Limits limits;
  limits.proxies = proxies;
  limits.allows_host = [&gate](std::string_view field) { return gate.allows_host(field); };
  return limits;
}

void log_fault(std::string_view where, std::string_view what) {
  log::write(log::Event::control_fault, {{"where", std::string(where)}, {"reason", std::string(what)}});
}

// What was asked for must be had. A default is left out with a warning: another server may run on this host.
void left_out(std::string_view key, const std::string& where, const std::string& reason, bool is_default) {
  if (!is_default) throw std::runtime_error(fmt::format("{}: {}: {}", key, where, reason));
  log::write(log::Event::control_left_out,
             {{"key", std::string(key)}, {"address", where}, {"reason", reason}});
}

}  // namespace

ControlPlane::ControlPlane(boost::asio::io_context& context, const config::ControlConfig& config,
                           Obstacle obstacle, const admin::Gate& gate, Served served, http::Proxies proxies)
    : obstacle_(std::move(obstacle)),
      gate_(gate),
      served_(std::move(served)),
      proxies_(std::move(proxies)),
      config_{.socket = "", .listen = std::nullopt},
      tcp_(context, tcp_routes(obstacle_, gate, served_), tcp_limits(gate_, proxies_), log_fault),
      unix_(context, joined(joined(health_routes(obstacle_), served_.counts), served_.admin), {}, log_fault) {
  listen(config, !served_.livekit.empty());
}

void ControlPlane::replace(const config::ControlConfig& config, std::vector<http::Route> livekit) {
  listen(config, !livekit.empty());
  served_.livekit = std::move(livekit);
  tcp_.replace(tcp_routes(obstacle_, gate_, served_), tcp_limits(gate_, proxies_));
}

// The new places are there before the old ones are left.
void ControlPlane::listen(const config::ControlConfig& config, bool has_livekit) {
  const bool moves = config.listen != config_.listen;
  const bool moves_socket = config.socket != config_.socket;
  const bool has_moved = moves && listen_on_tcp(config, has_livekit);
  try {
    const bool has_moved_socket = moves_socket && listen_on_socket(config);
    if (moves_socket) unix_.leave_before(has_moved_socket ? 1 : 0);
  } catch (const std::runtime_error&) {
    if (has_moved) tcp_.leave_last();
    throw;
  }
  if (moves) tcp_.leave_before(has_moved ? 1 : 0);
  config_ = config;
}

bool ControlPlane::listen_on_tcp(const config::ControlConfig& config, bool has_livekit) {
  if (!config.listen) return false;
  const auto bound = tcp_.listen(*config.listen);
  const bool is_default =
      config.listen == config::ControlConfig{}.listen && !has_livekit && config.token.empty();
  if (!bound) left_out("control.listen", config.listen->to_string(), bound.error().message(), is_default);
  return bound.has_value();
}

bool ControlPlane::listen_on_socket(const config::ControlConfig& config) {
  if (config.socket.empty()) return false;
  const auto fault = listen_unix(console::control_sockets(config));
  if (fault)
    left_out("control.socket", config.socket, fault.message(),
             config.socket == config::ControlConfig{}.socket);
  return !fault;
}

// On the first of the paths that can be had; one that another server has is taken. The error is that of the
// first path.
boost::system::error_code ControlPlane::listen_unix(const std::vector<std::string>& paths) {
  boost::system::error_code first;
  for (const std::string& path : paths) {
    console::make_folder_of(path);
    const auto listening = unix_.listen_unix(path);
    if (listening) {
      if (first) log::write(log::Event::control_socket, {{"address", path}, {"reason", first.message()}});
      return {};
    }
    if (!first) first = listening.error();
    if (listening.error() == boost::system::errc::address_in_use) break;
  }
  return first;
}

}  // namespace turnpike::app
