// A TCP or TLS connection, and how long it may go on without an allocation.
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

// What a connection has come to; each kind waits in a lane of its own.
enum class Standing : std::uint8_t {
  arriving,  // a PROXY header or a TLS handshake is not complete
  crowding,  // the same, of an address that has begun many: behind those that arrive
  stranger,  // holds no allocation
  client,
};
inline constexpr std::size_t kStandings = 4;
constexpr bool is_arrival(Standing standing) { return standing <= Standing::crowding; }

// Why a connection that was admitted is closed.
enum class ConnectionEnd : std::uint8_t {
  by_client,         // as it should be
  lost,              // the system says why: a reset most often
  handshake_failed,  // net::HandshakeFailure says why
  tls_error,         // after the handshake
  silent,            // holds no allocation and has sent no message in its time
  no_allocation,     // it has sent messages, and got none in five minutes
  asks_too_much,     // limits.unauthenticated_per_second_per_ip is used up
  malformed,         // what came is neither a STUN message nor ChannelData, or more than it may be
  does_not_read,     // a response found no room, or none was taken in its time
  not_watched,       // the kernel's limit of watches or memory
  passed_on,         // it is HTTP, and is served as that
  passed_through,    // another TLS server has it, whose name it asks for
  no_server,         // that one did not accept it
};
inline constexpr std::size_t kConnectionEnds = 13;

// As metrics and documentation call it.
std::string_view to_string(ConnectionEnd cause);

struct Ending {
  ConnectionEnd cause;
  boost::system::error_code error{};  // where there is one
};
// Of one that the other end or an error has closed.
Ending ending_of(const net::Stream& closed);

// How long a PROXY header and a handshake may take together.
inline constexpr Duration kArrivalLimit = std::chrono::seconds(10);
// How long a connection may be without an allocation, whatever it sends.
inline constexpr Duration kStrangerLimit = std::chrono::minutes(5);
// Within it a stranger takes something of the answers that wait.
inline constexpr Duration kTakeLimit = std::chrono::seconds(10);
inline constexpr std::size_t kFrameMaxOfStranger = 4096;  // a request with every attribute at its largest

struct Connection {
  Connection(net::Accepted accepted, net::StreamMemory& memory, const net::StreamOptions& stream_options,
             std::shared_ptr<const net::TlsContext> tls)
      : stream(std::move(accepted), memory, stream_options, std::move(tls)) {}

  // When and why it is closed, unless it holds an allocation by then.
  struct Limit {
    TimePoint at;
    ConnectionEnd cause;
  };
  Limit limit() const;
  // It is a stranger that has yet to take its answers: until then it is asked for nothing more.
  bool owes() const { return standing == Standing::stranger && stream.queued_bytes() > 0; }
  net::Interest interest() const;
  // Notes whether some of the `queued` bytes before the last flush were taken.
  void note_flushed(std::size_t queued, TimePoint now);

  net::Stream stream;
  std::unique_ptr<net::AskedName> asked;  // as long as its name decides and is not settled
  relay::Client client;
  Standing standing = Standing::stranger;
  TimePoint accepted_at;
  TimePoint stranger_since;     // it was accepted, or its last allocation ended
  TimePoint heard_at;           // the last whole message, or the end of its allocation
  TimePoint taken_at;           // something, of what waits for it
  bool spoke = false;           // there was one
  bool is_turn = false;         // so its first byte says, which has arrived
  bool passes = false;          // it is not, and is somebody else's as soon as its batch is done
  bool ended = false;           // nothing more will arrive
  std::optional<Ending> doom;   // closed as soon as its batch is done
  std::uint64_t served_in = 0;  // the last turn
  bool waits = false;           // stands in the list of a lane
  bool held = false;            // would wait, but owes
  bool owed = false;            // after the last flush
  bool dirty = false;           // stands in the list of those to flush
  net::Interest watched = {};   // what the poller was asked for
};

}  // namespace turnpike::path
