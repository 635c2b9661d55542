// The written form of a target.
#include "load/target.hpp"

#include <stdexcept>

#include "turnpike/client/uri.hpp"
#include "turnpike/probe/leg.hpp"

namespace turnpike::bench {

namespace {

Endpoint find_server(const client::ServerUri& uri, Family family) {
  try {
    for (const Endpoint& server : probe::resolve(uri)) {
      if (family == Family::none || server.family() == family) return server;
    }
  } catch (const std::runtime_error& error) {
    throw std::invalid_argument(error.what());
  }
  throw std::invalid_argument(uri.host + " has no address of the family of --local");
}

}  // namespace

Target Target::parse(const std::string& text, Family family) {
  Target target;
  if (text == "direct") {
    target.kind = Kind::direct;
    target.local = IpAddress::v4(127, 0, 0, 1);
    return target;
  }
  if (constexpr std::string_view kScheme = "forwarder:"; text.starts_with(kScheme)) {
    const auto server = Endpoint::parse(text.substr(kScheme.size()));
    if (!server) throw std::invalid_argument(text + ": an address and a port must follow forwarder:");
    target.kind = Kind::forwarder;
    target.server = *server;
    return target;
  }
  const auto uri = client::ServerUri::parse(text);
  if (!uri) throw std::invalid_argument(text + ": " + std::string(client::to_string(uri.error())));
  if (!uri->is_turn() || uri->is_secure())
    throw std::invalid_argument(
        text + ": neither turn: (TLS is there too, see --tls-port), nor forwarder:, nor direct");
  if (!uri->address()) target.name = uri->host;
  target.server = find_server(*uri, family);
  target.secure = target.server.with_port(5349);
  return target;
}

}  // namespace turnpike::bench
