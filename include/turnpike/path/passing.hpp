// A client's connection that is not for TURN, on its way to the server that takes it.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "turnpike/base/endpoint.hpp"
#include "turnpike/net/byte_stream.hpp"

namespace turnpike::path {

// A connection to hand over.
struct Passing {
  net::ByteStream stream;
  std::vector<std::uint8_t> begin;  // bytes that the server must get before what the socket holds
  FiveTuple ends;
  std::optional<Endpoint> server = {};  // the TLS server; nullopt: the HTTP server
};

}  // namespace turnpike::path
