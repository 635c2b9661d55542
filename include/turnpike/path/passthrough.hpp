// Which connections over TLS are another server's, by the name that their clients ask for.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "turnpike/base/endpoint.hpp"
#include "turnpike/config/config.hpp"

namespace turnpike::path {

class Passthrough {
 public:
  explicit Passthrough(config::TlsConfig config) : config_(std::move(config)) {}

  // As config::server_for(); none: TLS ends here.
  std::optional<Endpoint> server_for(const std::string& name) const;
  // What that server reads before the client's first byte.
  std::vector<std::uint8_t> begin_for(const FiveTuple& client) const;

 private:
  config::TlsConfig config_;
};

}  // namespace turnpike::path
