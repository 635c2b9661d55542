// What the paths to clients count.
#pragma once

#include <cstdint>

#include "turnpike/base/duration_histogram.hpp"
#include "turnpike/base/tally.hpp"
#include "turnpike/net/handshake_failure.hpp"
#include "turnpike/path/admission.hpp"
#include "turnpike/path/connection.hpp"
#include "turnpike/path/newcomers.hpp"

namespace turnpike::path {

// Counters of one worker's client paths. All grow, but for `piped`.
struct PathCounters {
  std::uint64_t connections_admitted = 0;
  Tally<NotAdmitted, kNotAdmittedKinds> connections_not_admitted;
  Tally<ConnectionEnd, kConnectionEnds> connections_closed;  // admitted ones only
  Tally<NoHeader, kNoHeaderKinds> headers_refused;
  DurationHistogram handshakes;  // complete ones, from accepting the connection
  Tally<net::HandshakeFailure, net::kHandshakeFailures> handshakes_failed;
  std::uint64_t requests_dropped = 0;     // datagrams beyond the budget of their turn
  std::uint64_t stream_data_dropped = 0;  // frames dropped because the client does not read
  std::uint64_t piped = 0;                // connections in Pipes at the moment

  bool operator==(const PathCounters&) const = default;
};

}  // namespace turnpike::path
