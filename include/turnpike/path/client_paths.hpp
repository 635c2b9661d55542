// All ways to the clients of one worker behind one interface: frames come out in batches, data and responses
// go in, and clients that have gone are reported.
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

// Joins the UDP, TCP and TLS paths of one worker. A client that holds no allocation is a stranger. The work
// for strangers in one turn is bounded, and so is the number of clients' requests, which cost more than data.
// Bytes of streams beyond the budget stay in the connection, so that TCP slows the sender down; requests in
// datagrams beyond the budget are dropped. Used on the worker's thread.
class ClientPaths {
 public:
  // Bit that marks the poller's tokens of the paths:
  //
  //    63        62 .. 40   39 .. 32   31 .. 0
  //   +---------+----------+----------+-------------------------------+
  //   | kToken  | 0        | kind     | index of a listener or a lane |
  //   +---------+----------+----------+-------------------------------+
  static constexpr std::uint64_t kToken = std::uint64_t{1} << 63;

  // The parts of a turn that read from clients, in this order.
  enum class Step : std::uint8_t {
    datagrams,  // data of all, and requests of clients with an allocation
    clients,    // streams of clients with an allocation
    strangers,  // requests and streams of strangers, new connections, pipes
  };

  // Watches the listeners. `poller`, `batch`, `sends` and `limiter` outlive the paths. `batch` and `sends`
  // are shared with the worker's relay sockets: each next_batch() overwrites the memory of the batch before.
  // Throws boost::system::system_error.
  ClientPaths(const StreamPath::Options& options, Listeners listeners, net::Poller& poller,
              net::ReceiveBatch& batch, net::SendQueue& sends, ConnectionLimiter& limiter);
  ClientPaths(const ClientPaths&) = delete;
  ClientPaths& operator=(const ClientPaths&) = delete;

  // Adds a connection that no listener of these paths has accepted, as StreamPath::adopt().
  void adopt(net::Accepted accepted, Transport transport) { streams_.adopt(std::move(accepted), transport); }

  // Closes, turns and opens listeners. The caller must end the allocations of clients for which reaches() is
  // then false.
  void change(ListenerChange change);
  // Returns whether packets of the client still arrive: false if its UDP listener is closed or another one
  // now gets its packets.
  bool reaches(const relay::Client& client) const {
    return is_stream(client.tuple.transport) || udp_.reaches(client);
  }

  // Sets the options of connections and requests that come from now on.
  void set_options(const StreamPath::Options& options) { streams_.set_options(options); }
  // Sets the TLS context of new connections, as Admission::set_tls().
  void set_tls(std::shared_ptr<const net::TlsContext> tls) { admission_.set_tls(std::move(tls)); }

  // Receives HTTP connections: `fd` is one end of a socket pair, whose other end is piped to the client.
  // Without a sink an HTTP connection is closed.
  using HttpSink = std::function<void(net::FileDescriptor fd, const FiveTuple& client)>;
  void serve_http(HttpSink sink);

  // Sets the other TLS servers by name: new connections that ask for one of these names are piped to that
  // server from the first byte on. Null: there are no such names.
  void pass_through(std::shared_ptr<const Passthrough> to) { streams_.pass_through(std::move(to)); }

  // Renews all budgets. Call at the beginning of each turn of the worker.
  void begin_turn(TimePoint now);
  // Takes an event of the poller whose token has the bit kToken.
  void note_ready(std::uint64_t token);
  // Returns the next frames of this step; empty when the step is over. The frames are valid until the next
  // call; send everything that points into them before.
  std::span<const Inbound> next_batch(Step step);
  // Returns whether there is work that the poller does not report, so that the worker must not wait.
  bool has_waiting() const {
    return streams_.has_waiting() ||
           ((udp_.has_waiting() || pipes_.has_waiting()) && !streams_.strangers_rest());
  }
  // Returns whether Step::strangers has anything to do.
  bool has_strangers() const {
    return !streams_.strangers_rest() &&
           (udp_.has_strangers() || streams_.has_strangers() || passages_.has_any() || pipes_.has_any());
  }
  // Suspends the work for strangers until then. What they send waits, datagrams only while the socket buffers
  // have room.
  void rest_strangers(TimePoint until);

  // Does what is due: times of connections that have run out, listeners to watch again.
  void on_deadline(TimePoint now);
  // Returns when on_deadline() must be called; nullopt: not at all.
  std::optional<TimePoint> next_deadline() const;

  // Notes that the client's allocation has begun or ended; the worker must call it for each.
  void note_allocation(const relay::Client& client, bool holds_one);

  // Queues data for a client: datagrams in `sends`, frames of streams until flush(). Data is dropped whole if
  // the client does not read. The parts of a datagram are not copied and must live until `sends` is flushed.
  // Does nothing if the client has gone.
  void send_data(const FiveTuple& client, const relay::ClientRef& ref, const Parts& parts,
                 std::uint8_t traffic_class) {
    if (is_stream(client.transport)) return streams_.send_data(ref.path, parts);
    udp_.send_data(client, ref.path, parts, traffic_class);
  }
  // Queues a response. A stream client that takes no responses is closed. Does nothing if the client has
  // gone.
  void send_response(const relay::Client& client, std::vector<std::uint8_t> bytes);
  // Sends the frames queued for streams.
  void flush() { streams_.flush(); }
  // Returns a client whose connection has closed, each once; nullopt if there is none left.
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
