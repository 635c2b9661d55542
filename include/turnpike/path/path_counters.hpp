// What the paths to clients count.
#pragma once

#include <cstdint>

#include "turnpike/base/tally.hpp"
#include "turnpike/net/handshake_failure.hpp"
#include "turnpike/path/admission.hpp"
#include "turnpike/path/connection.hpp"
#include "turnpike/path/newcomers.hpp"

namespace turnpike::path {

struct PathCounters {
  std::uint64_t connections_admitted = 0;
  Tally<NotAdmitted, kNotAdmittedKinds> connections_not_admitted;
  Tally<ConnectionEnd, kConnectionEnds> connections_closed;  // of those admitted
  Tally<NoHeader, kNoHeaderKinds> headers_refused;
  std::uint64_t handshakes_done = 0;
  Tally<net::HandshakeFailure, net::kHandshakeFailures> handshakes_failed;
  std::uint64_t requests_dropped = 0;     // datagrams beyond the budget of their turn
  std::uint64_t stream_data_dropped = 0;  // frames that found no room: the client does not read

  PathCounters& operator+=(const PathCounters& other) {
    connections_admitted += other.connections_admitted;
    connections_not_admitted += other.connections_not_admitted;
    connections_closed += other.connections_closed;
    headers_refused += other.headers_refused;
    handshakes_done += other.handshakes_done;
    handshakes_failed += other.handshakes_failed;
    requests_dropped += other.requests_dropped;
    stream_data_dropped += other.stream_data_dropped;
    return *this;
  }
  bool operator==(const PathCounters&) const = default;
};

}  // namespace turnpike::path
