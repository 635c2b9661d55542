// An endpoint that a test may name in any role: the roles are for the code that is tested.
#pragma once

#include <cstdint>
#include <string_view>

#include "turnpike/base/endpoint.hpp"

namespace turnpike::test {

struct AnyEndpoint {
  IpAddress address;
  std::uint16_t port = 0;

  AnyEndpoint with_port(std::uint16_t other) const { return {address, other}; }
  operator Endpoint() const { return {address, port}; }
  template <class Role>
  operator EndpointAs<Role>() const {
    return {address, port};
  }
  bool operator==(const AnyEndpoint&) const = default;
};

// "192.0.2.1:3478" or "[2001:db8::1]:3478".
inline AnyEndpoint at(std::string_view text) {
  const Endpoint endpoint = Endpoint::parse(text).value();
  return {endpoint.address, endpoint.port};
}

}  // namespace turnpike::test
