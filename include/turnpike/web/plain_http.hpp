// What TCP listeners serve to those who speak HTTP: the answers to ACME's challenges, and the way to TLS.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "turnpike/config/config.hpp"
#include "turnpike/http/router.hpp"

namespace turnpike::web {

// None where there is no HTTP without TLS: config::has_plain_http(). Without a TLS listener there is no way
// to one.
std::vector<http::Route> plain_routes(const config::Config& config);

// Where the same is asked for by TLS. None: the request has no path, or no host, or one that is neither a
// name nor an address.
std::optional<std::string> https_location(const http::Request& request, std::uint16_t tls_port);

}  // namespace turnpike::web
