// What the Host field of a request calls the server.
#pragma once

#include <string_view>

namespace turnpike::http {

// "turn.example.org:9478" -> "turn.example.org", "[::1]:80" -> "[::1]"; empty if it is malformed.
std::string_view host_of(std::string_view field);

// An address, or localhost: no name that somebody could make lead here by DNS.
bool is_beyond_dns(std::string_view host);

}  // namespace turnpike::http
