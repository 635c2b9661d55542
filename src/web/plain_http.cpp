#include "turnpike/web/plain_http.hpp"

#include <algorithm>
#include <string_view>

#include "turnpike/http/host_field.hpp"
#include "turnpike/log/log.hpp"
#include "turnpike/net/dns_name.hpp"
#include "turnpike/web/challenge_folder.hpp"

namespace turnpike::web {
namespace {

constexpr std::uint16_t kHttpsPort = 443;

// A browser goes to 443 by itself.
std::uint16_t port_of(const std::vector<Endpoint>& listeners) {
  const bool has_443 =
      std::ranges::any_of(listeners, [](const Endpoint& each) { return each.port == kHttpsPort; });
  return has_443 ? kHttpsPort : listeners.front().port;
}

// Anything else could make of the location one that leads elsewhere.
std::optional<std::string> host_in(std::string_view field) {
  const std::string_view host = http::host_of(field);
  if (host.starts_with('[')) {
    const auto address = IpAddress::parse(host.substr(1, host.size() - 2));
    return address && address->is_v6() ? std::optional("[" + address->to_string() + "]") : std::nullopt;
  }
  if (const auto address = IpAddress::parse(host); address && address->is_v4()) return address->to_string();
  return net::host_name_in(host);
}

// Strangers ask for anything; what an operator has to know is why an answer that is there does not go out.
void log_missing(NoAnswer cause, std::string_view token, const IpAddress& from) {
  if (cause == NoAnswer::no_token || cause == NoAnswer::no_file) return;
  if (!log::is_new(log::Event::challenge_failed, to_string(cause), {{}, from})) return;
  log::write(
      log::Event::challenge_failed,
      {{"from", from.to_string()}, {"token", std::string(token)}, {"cause", std::string(to_string(cause))}});
}

http::Response answer_challenge(const std::string& root, const http::Request& request) {
  const std::string_view token = std::string_view(request.path).substr(kChallengePath.size());
  auto answer = read_answer(root, token);
  if (answer) return {.body = std::move(*answer)};
  log_missing(answer.error(), token, request.from);
  return http::http_error(404);
}

// A client that is told 301 may make a GET of anything (RFC 9110 15.4.2).
http::Response redirect(const http::Request& request, std::uint16_t tls_port) {
  auto location = https_location(request, tls_port);
  if (!location) return http::http_error(400);
  const bool may_change = request.method == "GET" || request.method == "HEAD";
  http::Response response = http::http_error(may_change ? 301U : 308U);
  response.fields.emplace_back("Location", std::move(*location));
  return response;
}

// A body is not read, for it has to be sent again.
bool has_no_right(const http::Request&) { return false; }

}  // namespace

std::optional<std::string> https_location(const http::Request& request, std::uint16_t tls_port) {
  const auto host = host_in(request.authority.empty() ? request.host : request.authority);
  if (!host || !request.path.starts_with('/')) return std::nullopt;
  std::string location = "https://" + *host;
  if (tls_port != kHttpsPort) location += ":" + std::to_string(tls_port);
  location += request.path;
  if (!request.query.empty()) location += "?" + request.query;
  return location;
}

std::vector<http::Route> plain_routes(const config::Config& config) {
  if (!config::has_plain_http(config)) return {};
  std::vector<http::Route> routes;
  if (const std::string& root = config.http.acme_webroot; !root.empty()) {
    const auto answer = [root](const http::Request& request) { return answer_challenge(root, request); };
    routes.push_back(
        {.method = "GET", .path = std::string(kChallengePath), .handler = answer, .below = true});
  }
  if (!config.listen.tls.empty()) {
    const auto way = [port = port_of(config.listen.tls)](const http::Request& request) {
      return redirect(request, port);
    };
    routes.push_back({.method = "", .path = "/", .handler = way, .vouch = has_no_right, .below = true});
  }
  return routes;
}

}  // namespace turnpike::web
