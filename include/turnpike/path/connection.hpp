// A TCP or TLS connection, and how long it may live without an allocation.
#pragma once

#include <boost/system/error_code.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "turnpike/base/time.hpp"
#include "turnpike/net/asked_name.hpp"
#include "turnpike/net/stream.hpp"
#include "turnpike/relay/route.hpp"

namespace turnpike::path {

// The standing of a connection. Connections of each standing wait in a lane of their own.
enum class Standing : std::uint8_t {
  arriving,  // its PROXY header or TLS handshake is not complete
  crowding,  // as arriving, but its address has begun many: served after those
  stranger,  // complete, holds no allocation
  client,
};
inline constexpr std::size_t kStandings = 4;
// Returns whether the PROXY header or TLS handshake is not complete.
constexpr bool is_arrival(Standing standing) { return standing <= Standing::crowding; }

// Why a connection that was admitted is closed.
enum class ConnectionEnd : std::uint8_t {
  by_client,         // closed by the client
  lost,              // system error, most often a reset
  handshake_failed,  // the cause is a net::HandshakeFailure
  tls_error,         // TLS error after the handshake
  silent,            // stranger that sent no message in time
  no_allocation,     // stranger that sent messages but got no allocation in kStrangerLimit
  asks_too_much,     // limits.unauthenticated_per_second_per_ip is used up
  malformed,         // received neither STUN nor ChannelData, or a frame too large
  does_not_read,     // a response found no room, or none was taken in kTakeLimit
  not_watched,       // epoll refused it: limit of watches, or no memory
  passed_on,         // HTTP, handed to the HTTP server
  passed_through,    // handed to the TLS server whose name the client asked for
  no_server,         // that TLS server did not accept the connection
};
inline constexpr std::size_t kConnectionEnds = 13;

// Returns the name of the cause in metrics and documentation.
std::string_view to_string(ConnectionEnd cause);

// Why a connection ended.
struct Ending {
  ConnectionEnd cause;
  boost::system::error_code error{};  // of the system or TLS, if any
};
// Returns why a stream is closed that the other end or an error has closed.
Ending ending_of(const net::Stream& closed);

// Maximum time for a PROXY header and a TLS handshake together.
inline constexpr Duration kArrivalLimit = std::chrono::seconds(10);
// Maximum time of a connection without an allocation, whatever it sends.
inline constexpr Duration kStrangerLimit = std::chrono::minutes(5);
// Time in which a stranger must take at least one byte of the answers that wait for it.
inline constexpr Duration kTakeLimit = std::chrono::seconds(10);
// Maximum bytes of a stranger's frame; a request with every attribute at its largest fits.
inline constexpr std::size_t kFrameMaxOfStranger = 4096;

// A connection and all that StreamPath knows of it.
struct Connection {
  Connection(net::Accepted accepted, net::StreamMemory& memory, const net::StreamOptions& stream_options,
             std::shared_ptr<const net::TlsContext> tls)
      : stream(std::move(accepted), memory, stream_options, std::move(tls)) {}

  // When and why a connection is closed that has no allocation by then.
  struct Limit {
    TimePoint at;
    ConnectionEnd cause;
  };
  // Returns the earliest limit that applies to the current standing. Only for connections without an
  // allocation.
  Limit limit() const;
  // Returns whether this is a stranger that has not taken all its answers yet. Until then nothing more is
  // read.
  bool owes() const { return standing == Standing::stranger && stream.queued_bytes() > 0; }
  // Returns what the poller must watch for.
  net::Interest interest() const;
  // Notes whether the last flush sent some of the bytes queued before it; `queued` is their number.
  void note_flushed(std::size_t queued, TimePoint now);

  net::Stream stream;
  std::unique_ptr<net::AskedName> asked;  // while the server name decides and is unknown
  relay::Client client;
  Standing standing = Standing::stranger;
  TimePoint accepted_at;
  TimePoint stranger_since;     // when it was accepted or lost its last allocation
  TimePoint heard_at;           // last whole message, or end of the allocation
  TimePoint taken_at;           // when the client last took some of what is queued
  bool spoke = false;           // a whole message has arrived
  bool is_turn = false;         // the first byte has arrived and is of TURN
  bool passes = false;          // not TURN: handed on when its batch is done
  bool ended = false;           // the client will send nothing more
  std::optional<Ending> doom;   // closed when its batch is done
  std::uint64_t served_in = 0;  // number of the last turn that served it
  bool waits = false;           // is in the waiting list of a lane
  bool held = false;            // would wait in a lane, but owes() is true
  bool owed = false;            // whether bytes were left after the last flush
  bool dirty = false;           // is in the list of connections to flush
  net::Interest watched = {};   // what the poller was asked for
};

}  // namespace turnpike::path
