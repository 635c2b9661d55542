// Which handler serves a request, and the answers to requests that none serves.
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

// One that throws makes a 500.
using Handler = std::function<Response(const Request&)>;
// For what has to wait, say for the workers; the request stays until the response is there. One that still
// waits when the io_context ends is destroyed with it.
using Task = std::function<boost::asio::awaitable<Response>(const Request&)>;

// Scripts of which other sites may read the responses of a route. It protects the browser's user, not the
// route: requests are served whatever their origin.
struct CorsPolicy {
  std::vector<std::string> origins{};  // "https://app.example.org"; "*" is any

  bool allows(std::string_view origin) const;
};

// Whether a request has a right to be served, by its head alone. Without it the handler gets the request
// without its body, to say why it is refused.
using Vouch = std::function<bool(const Request& head)>;

struct Route {
  std::string method;  // GET serves HEAD too; OPTIONS is the router's own; "": every method, OPTIONS as well
  std::string path;    // the whole path, as it is sent
  std::variant<Handler, Task> handler;
  std::size_t body_bytes_max = 0;
  CorsPolicy cors{};
  Vouch vouch{};          // none: nobody vouches, and every body is read
  bool any_host = false;  // whoever calls the server by whichever name is served (Limits::allows_host)
  bool below = false;     // every path that begins with `path`, which ends with a '/'
};

class Router {
 public:
  // A path is that of the first route which has it, and of others with the same `path`.
  explicit Router(std::vector<Route> routes) : routes_(std::move(routes)) {}

  // Null if none serves it.
  const Route* find(std::string_view method, std::string_view path) const;
  // Whether any method is served there.
  bool knows(std::string_view path) const;
  // What find() has no route for: 204 to OPTIONS (preflights too), 405 to other methods of a known path, 404.
  Response answer_unrouted(const Request& request) const;

 private:
  const Route* first_of(std::string_view path) const;

  std::vector<Route> routes_;  // a dozen at most: searched in order
};

// The fields by which the browser lets a script read the response.
void add_cors_fields(const CorsPolicy& policy, const Request& request, Response& response);

}  // namespace turnpike::http
