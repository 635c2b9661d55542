// The HTTP routes of TCP listeners: answers to ACME challenges, and redirects to TLS.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "turnpike/config/config.hpp"
#include "turnpike/http/router.hpp"

namespace turnpike::web {

// Returns the routes; empty unless config::has_plain_http(). Without a TLS listener nothing is redirected.
std::vector<http::Route> plain_routes(const config::Config& config);

// Returns the https URL of the request; nullopt if the request has no path, or no host that is a name or an
// address.
std::optional<std::string> https_location(const http::Request& request, std::uint16_t tls_port);

}  // namespace turnpike::web
