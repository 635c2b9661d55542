// Finds the other TLS server of a connection by the name that the client asks for.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "turnpike/base/endpoint.hpp"
#include "turnpike/config/config.hpp"

namespace turnpike::path {

// Maps server names to other TLS servers (tls.passthrough). Immutable, so safe to share between threads.
class Passthrough {
 public:
  explicit Passthrough(config::TlsConfig config) : config_(std::move(config)) {}

  // Returns the server for this name, as config::server_for(); nullopt: TLS ends in this process.
  std::optional<Endpoint> server_for(const std::string& name) const;
  // Returns the bytes that the server must get before the client's: a PROXY header, or none.
  std::vector<std::uint8_t> begin_for(const FiveTuple& client) const;

 private:
  config::TlsConfig config_;
};

}  // namespace turnpike::path
