// Finds the handler of a request, and answers requests that have none.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "turnpike/http/message.hpp"
#include "turnpike/net/asio.hpp"

namespace turnpike::http {

// Serves a request at once. An exception becomes a 500.
using Handler = std::function<Response(const Request&)>;
// Serves a request that has to wait, for example for the workers. The request lives until the response is
// there. A task that still waits when the io_context ends is destroyed with it.
using Task = std::function<boost::asio::awaitable<Response>(const Request&)>;

// The sites whose scripts may read the responses of a route. The policy protects the browser's user, not the
// route: requests are served whatever their origin.
struct CorsPolicy {
  std::vector<std::string> origins{};  // "https://app.example.org"; "*" means any

  // Returns true if scripts of this origin may read responses.
  bool allows(std::string_view origin) const;
};

// Judges by the head alone whether a request has a right to be served. If not, the handler gets the request
// without its body, and answers why it is refused.
using Vouch = std::function<bool(const Request& head)>;

// A row of the router's table.
struct Route {
  std::string method;  // GET also serves HEAD; "" serves every method, otherwise the router answers OPTIONS
  std::string path;    // the whole path, not decoded
  std::variant<Handler, Task> handler;
  std::size_t body_bytes_max = 0;  // a larger body is refused with 413
  CorsPolicy cors{};
  Vouch vouch{};          // none: every body is read
  bool any_host = false;  // served under any host name (Limits::allows_host)
  bool below = false;     // also serves all paths that begin with `path`, which then ends with '/'
};

// Searches the table of routes.
class Router {
 public:
  // Takes the routes. A path belongs to the first route that matches it and to all routes with the same
  // `path`.
  explicit Router(std::vector<Route> routes) : routes_(std::move(routes)) {}

  // Returns the route for a method and path; nullptr if there is none.
  const Route* find(std::string_view method, std::string_view path) const;
  // Returns true if some method is served at this path.
  bool knows(std::string_view path) const;
  // Returns the response to a request without a route: 204 to OPTIONS (preflights too), 405 if the path has
  // other methods, otherwise 404.
  Response answer_unrouted(const Request& request) const;

 private:
  const Route* first_of(std::string_view path) const;

  std::vector<Route> routes_;  // a dozen at most: searched in order
};

// Adds the fields by which a browser lets a script of an allowed origin read the response.
void add_cors_fields(const CorsPolicy& policy, const Request& request, Response& response);

}  // namespace turnpike::http
