// All ways to the clients of one worker behind one contract: frames come out in batches, data and responses
// go in, and who has gone is told.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "turnpike/path/admission.hpp"
#include "turnpike/path/inbound.hpp"
#include "turnpike/path/listeners.hpp"
#include "turnpike/path/passages.hpp"
#include "turnpike/path/passthrough.hpp"
#include "turnpike/path/pipes.hpp"
#include "turnpike/path/stream_path.hpp"
#include "turnpike/path/udp_path.hpp"

namespace turnpike::path {

// A client that holds no allocation is a stranger. What strangers can have done in a turn is bounded, and so
// are requests of clients, which cost more than their data. What is beyond a budget of streams stays in its
// connection, so that TCP slows the sender down; what is beyond one of datagrams is dropped.
class ClientPaths {
 public:
  // The poller's tokens of paths have this bit.
  static constexpr std::uint64_t kToken = std::uint64_t{1} << 63;

  // A part of a turn, in this order.
  enum class Step : std::uint8_t {
    datagrams,  // data, and requests of clients
    clients,    // streams of those that hold an allocation
    strangers,  // their datagrams and streams, and connections that are yet to become one
  };

  // `poller`, `batch`, `sends` and `limiter` outlive the paths; `batch` and `sends` are shared with what else
  // a worker does in a turn: each next_batch() uses the memory of the batch before it again. Throws
  // boost::system::system_error.
  ClientPaths(const StreamPath::Options& options, Listeners listeners, net::Poller& poller,
              net::ReceiveBatch& batch, net::SendQueue& sends, ConnectionLimiter& limiter);
  ClientPaths(const ClientPaths&) = delete;
  ClientPaths& operator=(const ClientPaths&) = delete;

  // Beside those that its listeners accept: StreamPath::adopt().
  void adopt(net::Accepted accepted, Transport transport) { streams_.adopt(std::move(accepted), transport); }

  // Closes, turns and opens; allocations of clients that are no longer reached are the caller's to end.
  void change(ListenerChange change);
  // Not those that came by a UDP listener which does not get their packets any more.
  bool reaches(const relay::Client& client) const {
    return is_stream(client.tuple.transport) || udp_.reaches(client);
  }

  void set_options(const StreamPath::Options& options) { streams_.set_options(options); }
  void set_tls(std::shared_ptr<const net::TlsContext> tls) { admission_.set_tls(std::move(tls)); }

  // Who serves HTTP gets one end of a socket pair for each connection that turns out to be some; the other
  // end is piped to the client. Without it such a connection is closed.
  using HttpSink = std::function<void(net::FileDescriptor fd, const FiveTuple& client)>;
  void serve_http(HttpSink sink);

  // Connections over TLS that ask for the names of other servers are piped to these, from their first byte
  // on. Of connections to come; null: there are no such names.
  void pass_through(std::shared_ptr<const Passthrough> to) { streams_.pass_through(std::move(to)); }

  void begin_turn(TimePoint now);
  // An event of the poller with kToken.
  void note_ready(std::uint64_t token);
  // Frames that are to be handled in this step; empty when it is over. Valid until the next call, before
  // which everything that points into them is sent.
  std::span<const Inbound> next_batch(Step step);
  // There is something to do that the poller does not report.
  bool has_waiting() const {
    return streams_.has_waiting() ||
           ((udp_.has_waiting() || pipes_.has_waiting()) && !streams_.strangers_rest());
  }
  // Whether that step has anything to do.
  bool has_strangers() const {
    return !streams_.strangers_rest() &&
           (udp_.has_strangers() || streams_.has_strangers() || passages_.has_any() || pipes_.has_any());
  }
  // Until then it has not: what strangers send waits, datagrams as far as there is room.
  void rest_strangers(TimePoint until);

  void on_deadline(TimePoint now);
  std::optional<TimePoint> next_deadline() const;

  // The worker knows when an allocation begins and ends.
  void note_allocation(const relay::Client& client, bool holds_one);

  // Queued, datagrams in `sends` and frames of streams until flush(). Data is dropped whole where the client
  // does not read; the parts of a datagram are not copied. A client that takes no responses is closed.
  // Nothing happens where the client has gone meanwhile.
  void send_data(const FiveTuple& client, const relay::ClientRef& ref, const Parts& parts,
                 std::uint8_t traffic_class) {
    if (is_stream(client.transport)) return streams_.send_data(ref.path, parts);
    udp_.send_data(client, ref.path, parts, traffic_class);
  }
  void send_response(const relay::Client& client, std::vector<std::uint8_t> bytes);
  void flush() { streams_.flush(); }
  // Each client that has gone is told once.
  std::optional<relay::Client> next_gone() { return streams_.next_gone(); }

  PathCounters counters() const;

 private:
  void watch_pipes(bool watched);
  void serve_pipes();
  void join(Passing passing);
  void tell_failed();
  void release_gone();

  net::Poller& poller_;
  Admission admission_;
  UdpPath udp_;
  StreamPath streams_;
  Passages passages_;
  Pipes pipes_;
  HttpSink http_;
  Tally<ConnectionEnd, kConnectionEnds> passed_through_;
  TimePoint now_;
};

}  // namespace turnpike::path
