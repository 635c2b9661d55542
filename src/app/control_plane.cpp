#include "turnpike/app/control_plane.hpp"

#include <fmt/format.h>

#include <iterator>
#include <stdexcept>
#include <string>
#include <utility>

#include "turnpike/app/log.hpp"

namespace turnpike::app {
namespace {

using Routes = std::vector<control::HttpRoute>;

Routes health_routes(const std::function<bool()>& is_ready) {
  return {{"GET", "/healthz", [](const control::HttpRequest&) { return control::HttpResponse{.body = "alive\n"}; }, 0, {}},
          {"GET",
           "/readyz",
           [is_ready](const control::HttpRequest&) {
             return is_ready() ? control::HttpResponse{.body = "ready\n"} : control::HttpResponse{.status = 503, .body = "draining\n"};
           },
           0,
           {}}};
}

Routes joined(Routes routes, Routes more) {
  routes.insert(routes.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
  return routes;
}

void log_fault(std::string_view where, std::string_view what) {
  log_event(LogLevel::warning, "control_fault", {{"where", std::string(where)}, {"reason", std::string(what)}});
}

void listen_unix(control::HttpServer& server, const std::string& path) {
  const auto listening = server.listen_unix(path);
  if (listening) return;
  const std::string reason = listening.error().message();
  const bool is_default = path == ControlConfig{}.socket;
  if (!is_default || listening.error() != boost::system::errc::no_such_file_or_directory) {
    throw std::runtime_error(fmt::format("control.socket: {}: {}", path, reason));
  }
  log_event(LogLevel::warning, "control_socket_left_out", {{"path", path}, {"reason", reason}});
}

}  // namespace

ControlPlane::ControlPlane(boost::asio::io_context& context, const ControlConfig& config, const std::function<bool()>& is_ready,
                           Routes tcp_routes)
    : tcp_(context, joined(health_routes(is_ready), std::move(tcp_routes)), {}, log_fault),
      unix_(context, health_routes(is_ready), {}, log_fault) {
  if (config.listen) {
    const auto bound = tcp_.listen(*config.listen);
    if (!bound) throw std::runtime_error(fmt::format("control.listen: {}: {}", config.listen->to_string(), bound.error().message()));
  }
  if (!config.socket.empty()) listen_unix(unix_, config.socket);
}

}  // namespace turnpike::app
