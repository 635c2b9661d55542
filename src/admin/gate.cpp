#include "turnpike/admin/gate.hpp"

#include <algorithm>
#include <boost/algorithm/string/predicate.hpp>
#include <utility>

#include "turnpike/admin/answer.hpp"
#include "turnpike/base/bytes.hpp"
#include "turnpike/crypto/constant_time.hpp"
#include "turnpike/http/host_field.hpp"
#include "turnpike/log/log.hpp"

namespace turnpike::admin {
namespace {

namespace asio = boost::asio;

asio::awaitable<http::Response> at_once(http::Response response) { co_return response; }

}  // namespace

Gate::Gate(const config::ControlConfig& config, std::string host_name) : host_name_(std::move(host_name)) {
  reload(config);
}

void Gate::reload(const config::ControlConfig& config) {
  token_ = config.token;
  hosts_ = config.hosts;
}

bool Gate::allows_host(std::string_view field) const {
  const std::string_view host = http::host_of(field);
  if (host.empty()) return false;
  const auto is_it = [host](std::string_view name) { return !name.empty() && boost::iequals(name, host); };
  return http::is_beyond_dns(host) || is_it(host_name_) || std::ranges::any_of(hosts_, is_it);
}

http::Route Gate::guard(http::Route route) const {
  route.vouch = [this](const http::Request& head) { return knows(head.authorization); };
  route.handler = [this, inner = std::move(route.handler)](const http::Request& request) {
    if (!knows(request.authorization)) return at_once(refuse(request));
    if (const auto* handler = std::get_if<http::Handler>(&inner)) return at_once((*handler)(request));
    return std::get<http::Task>(inner)(request);
  };
  return route;
}

bool Gate::knows(std::string_view authorization) const {
  constexpr std::string_view kScheme = "Bearer ";
  if (token_.empty() || !boost::istarts_with(authorization, kScheme)) return false;
  return crypto::equal_constant_time(as_bytes(authorization.substr(kScheme.size())), as_bytes(token_));
}

http::Response Gate::refuse(const http::Request& request) const {
  if (token_.empty())
    return fault(403, "over TCP this takes a token, and control.token_file names none; ask control.socket");
  if (!request.authorization.empty()) log::count(log::Event::tokens_guessed, request.from);
  http::Response response = fault(401, "over TCP this takes the token of control.token_file");
  response.fields.emplace_back("WWW-Authenticate", "Bearer");
  return response;
}

}  // namespace turnpike::admin
