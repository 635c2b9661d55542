// The TCP and TLS side of one worker: listeners, connections, and when a connection has to go.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "turnpike/base/deadline_queue.hpp"
#include "turnpike/base/endpoint.hpp"
#include "turnpike/base/parts.hpp"
#include "turnpike/base/time.hpp"
#include "turnpike/net/listener.hpp"
#include "turnpike/net/poller.hpp"
#include "turnpike/net/proxy_protocol.hpp"
#include "turnpike/net/stream.hpp"
#include "turnpike/net/tls_context.hpp"
#include "turnpike/path/connection_limiter.hpp"
#include "turnpike/relay/route.hpp"

namespace turnpike::path {

// What a connection's frames and its end mean is the worker's to say.
class StreamHost {
 public:
  virtual ~StreamHost() = default;
  virtual void on_frame(Bytes frame, const relay::Client& client) = 0;
  // Whatever still points into frames is sent now: their memory is about to be used again.
  virtual void on_frames_end() = 0;
  virtual void on_stream_closed(const relay::Client& client) = 0;
  // A connection without an allocation lives on borrowed time (TCPC-05).
  virtual bool has_allocation(const FiveTuple& tuple) const = 0;
};

class StreamPath {
 public:
  using StreamId = std::uint32_t;  // ClientRef::path of stream clients; never reused

  // Bits of the poller's tokens that tell listeners and streams; the rest is the listener's index or the
  // stream's id.
  static constexpr std::uint64_t kListenerToken = std::uint64_t{2} << 56;
  static constexpr std::uint64_t kStreamToken = std::uint64_t{3} << 56;

  struct Options {
    std::uint32_t worker = 0;
    bool rfc5766_channels = false;
    std::vector<IpPrefix> balancers{};  // their connections begin with a PROXY header (PP-01)
  };
  StreamPath(Options options, net::Poller& poller, ConnectionLimiter& limiter, StreamHost& host)
      : options_(std::move(options)), poller_(poller), limiter_(limiter), host_(host) {}
  StreamPath(const StreamPath&) = delete;
  StreamPath& operator=(const StreamPath&) = delete;

  void listen(net::Listener listener, Transport transport);
  // The context of TLS connections to come; those that are there keep theirs. Without one they are refused.
  void set_tls(std::shared_ptr<const net::TlsContext> tls) { tls_ = std::move(tls); }

  void on_listener_ready(std::size_t listener, TimePoint now);
  void on_stream_ready(StreamId id, TimePoint now);
  void on_deadline(TimePoint now);
  std::optional<TimePoint> next_deadline() const { return deadlines_.next(); }

  // Queued until flush(). Data is dropped whole where the client does not read (TCPC-06); a response that
  // does not fit closes the connection (TCPC-07). Unknown ids are ignored: the connection has gone meanwhile.
  void send_data(StreamId id, const Parts& frame);
  void send_control(StreamId id, Bytes message);
  void close(StreamId id);
  void flush();

  std::size_t size() const { return connections_.size() + newcomers_.size(); }

 private:
  struct ListeningSocket {
    net::Listener socket;
    Transport transport;
  };
  struct Connection {
    Connection(net::Accepted accepted, net::StreamMemory& memory, const net::StreamOptions& stream_options,
               std::shared_ptr<const net::TlsContext> tls)
        : stream(std::move(accepted), memory, stream_options, std::move(tls)) {}
    net::Stream stream;
    relay::Client client;
    TimePoint accepted_at;
    TimePoint heard_at;          // the last whole message
    bool spoke = false;          // there was one
    bool allocated = false;      // frames of any size and kind are welcome
    bool dirty = false;          // stands in dirty_
    bool doomed = false;         // closed as soon as its handler returns
    net::Interest watched = {};  // what the poller was asked for
  };
  // From a balancer that has not said yet for whom it connects.
  struct Newcomer {
    net::Accepted accepted;
    Transport transport;
    TimePoint accepted_at;
    net::ProxyHeaderReader header;
  };
  class Frames;

  Connection* find(StreamId id);
  bool from_balancer(const IpAddress& address) const;
  // False: the connection is not wanted.
  bool admit(StreamId id, net::Accepted accepted, Transport transport, TimePoint accepted_at, TimePoint now);
  void on_newcomer_ready(StreamId id, TimePoint now);
  bool on_frame(Connection& connection, Bytes frame, TimePoint now);
  void note_allocation(Connection& connection);
  TimePoint limit_of(const Connection& connection) const;
  void mark_dirty(StreamId id, Connection& connection);
  void flush_one(StreamId id);

  Options options_;
  net::Poller& poller_;
  ConnectionLimiter& limiter_;
  StreamHost& host_;
  std::shared_ptr<const net::TlsContext> tls_;
  net::StreamMemory memory_;  // outlives the connections
  std::vector<ListeningSocket> listeners_;
  boost::unordered_flat_map<StreamId, std::unique_ptr<Connection>> connections_;
  boost::unordered_flat_map<StreamId, Newcomer> newcomers_;
  std::vector<StreamId> dirty_;
  DeadlineQueue<StreamId> deadlines_;
  StreamId next_id_ = 1;
  std::optional<StreamId> reading_;  // whose frames are being handed out
};

}  // namespace turnpike::path
