// Reads the name of the server from the Host field of a request.
#pragma once

#include <string_view>

namespace turnpike::http {

// Returns the host without its port: "turn.example.org:9478" gives "turn.example.org", "[::1]:80" gives
// "[::1]". Returns "" if the field is malformed.
std::string_view host_of(std::string_view field);

// Returns true for an IP address or localhost, which nobody can redirect by DNS.
bool is_beyond_dns(std::string_view host);

}  // namespace turnpike::http
