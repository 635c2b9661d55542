#include "turnpike/app/public_server.hpp"

#include <string>
#include <utility>
#include <vector>

#include "turnpike/log/log.hpp"
#include "turnpike/web/plain_http.hpp"
#include "turnpike/worker/worker_pool.hpp"

namespace turnpike::app {
namespace {

using Upstreams = std::shared_ptr<const http::Upstreams>;

// Null where nothing stands behind.
Upstreams upstreams_of(const config::HttpConfig& config, const http::Upstreams* before) {
  if (config.upstream.empty()) return nullptr;
  std::vector<http::UpstreamRule> rules;
  for (const config::HttpUpstream& each : config.upstream)
    rules.push_back({each.host, each.prefix, each.server, {.proxy_protocol = config.proxy_protocol}});
  return std::make_shared<const http::Upstreams>(std::move(rules), before);
}

// Whoever looks at the port sees a web server.
http::Response front_page(const http::Request&) {
  return {
      .content_type = "text/html; charset=utf-8",
      .body =
          "<!doctype html>\n<html lang=\"en\"><title>Relay</title><p>This host relays calls.</p></html>\n"};
}

// Where LiveKit stands behind, only the paths of the page are this server's own.
std::vector<http::Route> routes_of(const config::Config& config, check::Page& check) {
  std::vector<http::Route> routes = check.routes(config);
  if (config.http.upstream.empty()) routes.push_back({"GET", "/", front_page, 0, {}});
  return routes;
}

http::PassedLog passed_log(check::Page& check) {
  return [&check](std::string_view query, unsigned status) { check.note_passed(query, status); };
}

// Of those whom the workers pass on, so that who is idle makes room here before they have to close whoever
// comes. The rest is for what goes to other TLS servers, and for who is on his way.
std::size_t part_of_passed(double part) {
  return static_cast<std::size_t>(part * static_cast<double>(worker::passed_max()));
}

http::Limits public_limits() {
  http::Limits limits;
  limits.connections_max = part_of_passed(0.75);
  limits.connections_per_address_max = 0;  // path/admission has judged that
  limits.header_bytes_max = 16384;         // browsers send cookies, and LiveKit's token is part of the path
  return limits;
}

// Who has to connect for each request is within the limits of those who connect.
http::Limits plain_limits() {
  http::Limits limits = public_limits();
  limits.connections_max = part_of_passed(0.125);
  limits.keeps_alive = false;
  return limits;
}

void log_fault(std::string_view where, std::string_view what) {
  log::write(log::Event::http_fault, {{"where", std::string(where)}, {"reason", std::string(what)}});
}

}  // namespace

PublicServer::PublicServer(boost::asio::io_context& context, const config::Config& config,
                           check::Page::Relays relays)
    : check_("turnpike " TURNPIKE_VERSION, std::move(relays)),
      upstreams_(upstreams_of(config.http, nullptr)),
      by_tls_(context, routes_of(config, check_), public_limits(), log_fault, upstreams_, passed_log(check_)),
      plain_(context, web::plain_routes(config), plain_limits(), log_fault) {}

void PublicServer::serve(net::FileDescriptor fd, const FiveTuple& client) {
  const bool by_tls = client.transport == Transport::tls;
  const auto adopted =
      (by_tls ? by_tls_ : plain_).adopt(std::move(fd), {.client = client.client.plain(), .by_tls = by_tls});
  if (!adopted) log_fault(client.client.address.to_string(), adopted.error().message());
}

void PublicServer::replace(const config::Config& config) {
  upstreams_ = upstreams_of(config.http, upstreams_.get());
  by_tls_.replace(routes_of(config, check_), public_limits(), upstreams_);
  plain_.replace(web::plain_routes(config), plain_limits());
}

std::span<const http::Upstream> PublicServer::upstreams() const {
  return upstreams_ ? upstreams_->all() : std::span<const http::Upstream>();
}

}  // namespace turnpike::app
