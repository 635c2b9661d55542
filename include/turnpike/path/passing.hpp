// A connection of a client that is not for TURN, on its way to who serves it.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "turnpike/base/endpoint.hpp"
#include "turnpike/net/byte_stream.hpp"

namespace turnpike::path {

struct Passing {
  net::ByteStream stream;
  std::vector<std::uint8_t> begin;  // what whoever serves it is to read first
  FiveTuple ends;
  std::optional<Endpoint> server = {};  // the TLS server that it is for; none: who serves HTTP
};

}  // namespace turnpike::path
