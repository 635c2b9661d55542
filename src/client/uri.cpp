// Parsing and printing of STUN and TURN URIs.
#include "turnpike/client/uri.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace turnpike::client {
namespace {

using Scheme = ServerUri::Scheme;

constexpr std::array<std::string_view, 4> kSchemes{"stun", "stuns", "turn", "turns"};

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return lower(x) == lower(y); });
}

bool is_host_character(char c) {
  return (lower(c) >= 'a' && lower(c) <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
}

// An empty port is the default one (RFC 3986 3.2.3).
std::optional<std::uint16_t> parse_port(std::string_view digits, std::uint16_t default_port) {
  if (digits.empty()) return default_port;
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error != std::errc{} || end != digits.data() + digits.size() || port == 0) return std::nullopt;
  return port;
}

// The text between scheme and query into host and port; what follows the host is "" or ":port".
std::optional<UriError> parse_host_and_port(std::string_view text, ServerUri& uri) {
  const bool bracketed = text.starts_with('[');
  const std::size_t host_end = std::min(text.find(bracketed ? ']' : ':'), text.size());
  const std::string_view host = bracketed ? text.substr(1, host_end - 1) : text.substr(0, host_end);
  std::string_view rest = text.substr(host_end);
  if (bracketed) {
    const auto address = IpAddress::parse(host);
    if (rest.empty() || !address || !address->is_v6()) return UriError::bad_host;
    rest.remove_prefix(1);
  } else if (host.empty() || !std::ranges::all_of(host, is_host_character)) {
    return UriError::bad_host;
  }
  if (!rest.empty() && rest.front() != ':') return UriError::bad_host;
  const auto port = parse_port(rest.empty() ? rest : rest.substr(1), uri.is_secure() ? 5349 : 3478);
  if (!port) return UriError::bad_port;
  uri.host = host;
  uri.port = *port;
  return std::nullopt;
}

// What follows the '?', which only turn and turns may have (RFC 7064 3.1, RFC 7065 3.1). What it means
// depends on the scheme (RFC 7350 4.6.1).
std::optional<Transport> parse_transport(std::string_view query, const ServerUri& uri) {
  constexpr std::string_view kKey = "transport=";
  if (!uri.is_turn() || !equal_ignoring_case(query.substr(0, kKey.size()), kKey)) return std::nullopt;
  const std::string_view name = query.substr(kKey.size());
  if (equal_ignoring_case(name, "udp")) return uri.is_secure() ? Transport::dtls : Transport::udp;
  if (equal_ignoring_case(name, "tcp")) return uri.is_secure() ? Transport::tls : Transport::tcp;
  return std::nullopt;
}

}  // namespace

std::string_view to_string(UriError error) {
  switch (error) {
    case UriError::unknown_scheme: return "the scheme is none of stun:, stuns:, turn: and turns:";
    case UriError::bad_host: return "the host is neither a name nor an address (IPv6 in brackets, no //)";
    case UriError::bad_port: return "the port is not a number from 1 to 65535";
    case UriError::bad_transport:
      return "the only parameter is ?transport=udp or ?transport=tcp, for turn: and turns:";
  }
  return "";
}

Result<ServerUri, UriError> ServerUri::parse(std::string_view text) {
  const std::size_t colon = std::min(text.find(':'), text.size());
  const auto scheme = std::ranges::find_if(
      kSchemes, [&](auto name) { return equal_ignoring_case(name, text.substr(0, colon)); });
  if (scheme == kSchemes.end() || colon == text.size()) return UriError::unknown_scheme;
  ServerUri uri;
  uri.scheme = static_cast<Scheme>(scheme - kSchemes.begin());
  uri.transport = uri.is_secure() ? Transport::tls : Transport::udp;

  const std::string_view rest = text.substr(colon + 1);
  const std::size_t question = std::min(rest.find('?'), rest.size());
  if (const auto error = parse_host_and_port(rest.substr(0, question), uri)) return *error;
  if (question != rest.size()) {
    const auto transport = parse_transport(rest.substr(question + 1), uri);
    if (!transport) return UriError::bad_transport;
    uri.transport = *transport;
  }
  return uri;
}

std::string ServerUri::to_string() const {
  const bool v6 = host.find(':') != std::string::npos;
  std::string text =
      fmt::format("{}:{}:{}", kSchemes[static_cast<std::size_t>(scheme)], v6 ? "[" + host + "]" : host, port);
  if (is_turn()) text += is_stream(transport) ? "?transport=tcp" : "?transport=udp";
  return text;
}

}  // namespace turnpike::client
