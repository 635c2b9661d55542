// The written form of a target.
#include "load/target.hpp"

#include <stdexcept>

#include "turnpike/client/uri.hpp"

namespace turnpike::bench {

Target Target::parse(const std::string& text) {
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
  if (!uri->is_turn() || !uri->address())
    throw std::invalid_argument(text + ": neither turn: with an address, nor forwarder:, nor direct");
  target.server = {*uri->address(), uri->port};
  target.secure = target.server.with_port(5349);
  return target;
}

}  // namespace turnpike::bench
