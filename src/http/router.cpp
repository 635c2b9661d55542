#include "turnpike/http/router.hpp"

#include <algorithm>

namespace turnpike::http {
namespace {

// What the browser may send and how long it may remember that, the second in the unit of the field: seconds.
constexpr const char* kAllowedHeaders = "authorization, content-type";
constexpr const char* kPreflightLife = "600";

bool has(const Route& route, std::string_view path) {
  return route.path == path || (route.below && path.starts_with(route.path));
}

bool serves(const Route& route, std::string_view method) {
  return route.method.empty() || route.method == (method == "HEAD" ? "GET" : method);
}

void append_method(std::string& list, std::string_view method) {
  if (!list.empty()) list.append(", ");
  list.append(method);
}

}  // namespace

bool CorsPolicy::allows(std::string_view origin) const {
  return !origin.empty() &&
         std::any_of(origins.begin(), origins.end(), [&](const auto& o) { return o == "*" || o == origin; });
}

const Route* Router::first_of(std::string_view path) const {
  const auto found = std::ranges::find_if(routes_, [&](const Route& route) { return has(route, path); });
  return found == routes_.end() ? nullptr : &*found;
}

const Route* Router::find(std::string_view method, std::string_view path) const {
  const Route* first = first_of(path);
  if (first == nullptr) return nullptr;
  const auto found = std::ranges::find_if(
      routes_, [&](const Route& route) { return route.path == first->path && serves(route, method); });
  return found == routes_.end() ? nullptr : &*found;
}

bool Router::knows(std::string_view path) const { return first_of(path) != nullptr; }

Response Router::answer_unrouted(const Request& request) const {
  std::string allowed;   // to anybody
  std::string readable;  // by scripts of this origin
  CorsPolicy cors;
  const Route* const first = first_of(request.path);
  for (const Route& route : routes_) {
    if (first == nullptr || route.path != first->path) continue;
    append_method(allowed, route.method);
    if (route.method == "GET") append_method(allowed, "HEAD");
    if (route.cors.allows(request.origin)) append_method(readable, route.method);
    cors.origins.insert(cors.origins.end(), route.cors.origins.begin(), route.cors.origins.end());
  }
  if (allowed.empty()) return http_error(404);
  append_method(allowed, "OPTIONS");

  const bool is_options = request.method == "OPTIONS";
  Response response = is_options ? Response{.status = 204} : http_error(405);
  response.fields.emplace_back("Allow", allowed);
  add_cors_fields(cors, request, response);
  if (is_options && !readable.empty()) {
    response.fields.emplace_back("Access-Control-Allow-Methods", readable);
    response.fields.emplace_back("Access-Control-Allow-Headers", kAllowedHeaders);
    response.fields.emplace_back("Access-Control-Max-Age", kPreflightLife);
  }
  return response;
}

void add_cors_fields(const CorsPolicy& policy, const Request& request, Response& response) {
  if (policy.origins.empty()) return;
  response.fields.emplace_back("Vary", "Origin");
  if (policy.allows(request.origin))
    response.fields.emplace_back("Access-Control-Allow-Origin", request.origin);
}

}  // namespace turnpike::http
