// A TCP or TLS connection, and how long it may go on without an allocation.
#pragma once

#include <memory>

#include "turnpike/base/time.hpp"
#include "turnpike/net/stream.hpp"
#include "turnpike/relay/route.hpp"

namespace turnpike::path {

// What a connection has come to; each kind waits in a lane of its own.
enum class Standing : std::uint8_t {
  arriving,  // a PROXY header or a TLS handshake is not complete
  stranger,  // holds no allocation
  client,
};
inline constexpr std::size_t kStandings = 3;

// How long a PROXY header and a handshake may take together (TLS-15).
inline constexpr Duration kArrivalLimit = std::chrono::seconds(10);
inline constexpr std::size_t kFrameMaxOfStranger = 4096;  // a request with every attribute at its largest

struct Connection {
  Connection(net::Accepted accepted, net::StreamMemory& memory, const net::StreamOptions& stream_options,
             std::shared_ptr<const net::TlsContext> tls)
      : stream(std::move(accepted), memory, stream_options, std::move(tls)) {}

  // When it is closed, unless it holds an allocation by then (TCPC-05).
  TimePoint limit() const;

  net::Stream stream;
  relay::Client client;
  Standing standing = Standing::stranger;
  TimePoint accepted_at;
  TimePoint heard_at;           // the last whole message, or the end of its allocation
  bool spoke = false;           // there was one
  bool ended = false;           // nothing more will arrive
  bool doomed = false;          // closed as soon as its batch is done
  std::uint64_t served_in = 0;  // the last turn
  bool waits = false;           // stands in the list of a lane
  bool dirty = false;           // stands in the list of those to flush
  net::Interest watched = {};   // what the poller was asked for
};

}  // namespace turnpike::path
