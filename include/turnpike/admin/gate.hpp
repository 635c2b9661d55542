// Guards administration over TCP: only for clients that show the token and call the server by one of its
// names.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "turnpike/config/config.hpp"
#include "turnpike/http/router.hpp"

namespace turnpike::admin {

// Checks token and Host field of requests, on the main thread.
class Gate {
 public:
  // `host_name` is the system's.
  Gate(const config::ControlConfig& config, std::string host_name);
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;

  // Puts the token and the names of `config` into force.
  void reload(const config::ControlConfig& config);

  // Returns whether a Host field names this server: an address, localhost, the name of this host, or a name
  // of control.hosts.
  bool allows_host(std::string_view field) const;
  // Returns the route restricted to requests with the token (Authorization: Bearer). Others get 401, or 403
  // if no token is configured; their bodies are not read. Wrong tokens are counted in the log. The gate must
  // outlive the route.
  http::Route guard(http::Route route) const;

 private:
  bool knows(std::string_view authorization) const;
  http::Response refuse(const http::Request& request) const;

  std::string host_name_;
  std::string token_;
  std::vector<std::string> hosts_;
};

}  // namespace turnpike::admin
