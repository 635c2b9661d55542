// Who may administer the server over TCP: whoever shows the token, and calls the server by one of its names.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "turnpike/config/config.hpp"
#include "turnpike/http/router.hpp"

namespace turnpike::admin {

// On the main thread.
class Gate {
 public:
  // `host_name`: the system's.
  Gate(const config::ControlConfig& config, std::string host_name);
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;

  // The token and the names that are in force from now on.
  void reload(const config::ControlConfig& config);

  // By the Host field: addresses, localhost, the name of this host, and those of `control.hosts`.
  bool allows_host(std::string_view field) const;
  // The same route, for those who show the token (Authorization: Bearer); 401 for others, and 403 for all
  // where there is no token. Its body is not read before. Wrong tokens are counted in the log. The gate must
  // outlive it.
  http::Route guard(http::Route route) const;

 private:
  bool knows(std::string_view authorization) const;
  http::Response refuse(const http::Request& request) const;

  std::string host_name_;
  std::string token_;
  std::vector<std::string> hosts_;
};

}  // namespace turnpike::admin
