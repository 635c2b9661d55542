// The path to clients over TCP and TLS: listeners and connections of one worker.
#pragma once

#include <array>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "turnpike/base/answer_limiter.hpp"
#include "turnpike/base/deadline_queue.hpp"
#include "turnpike/net/poller.hpp"
#include "turnpike/path/admission.hpp"
#include "turnpike/path/connection.hpp"
#include "turnpike/path/inbound.hpp"
#include "turnpike/path/lane.hpp"
#include "turnpike/path/listeners.hpp"
#include "turnpike/path/newcomers.hpp"
#include "turnpike/path/passing.hpp"
#include "turnpike/path/passthrough.hpp"
#include "turnpike/path/path_counters.hpp"

namespace turnpike::path {

// Serves the stream listeners and connections of one worker, on the worker's thread. ClientRef::path of its
// clients is the id of the connection, which is never reused.
class StreamPath {
 public:
  using StreamId = std::uint32_t;

  static constexpr int kAcceptsPerTurn = 16;  // of one listener
  // How long a listener rests after it could not accept.
  static constexpr Duration kRest = std::chrono::milliseconds(100);
  // Budget of new connections in a turn. One step of a handshake may be a signature, which takes as long as a
  // hundred requests.
  static constexpr LaneLimits kArrivalsPerTurn{
      .connections = 1, .requests = 1, .requests_of_one = 0, .bytes = 65536, .bytes_of_one_read = 1024};
  static constexpr LaneLimits kStrangersPerTurn{
      .connections = 64, .requests = 64, .requests_of_one = 16, .bytes = 65536, .bytes_of_one_read = 1024};
  static constexpr LaneLimits kClientsPerTurn{.connections = 64,
                                              .requests = 64,
                                              .requests_of_one = 16,
                                              .bytes = 1 << 20,
                                              .bytes_of_one_read = 1 << 17};

  // Options of a worker's stream path.
  struct Options {
    std::uint32_t worker = 0;
    bool rfc5766_channels = false;
    // Connections whose PROXY header or handshake is not complete; at the bound the oldest is closed. 0 = no
    // limit.
    std::size_t arrivals_max = 0;
    std::shared_ptr<AnswerLimiter> requests = nullptr;  // strangers' requests by address; null: no limit
    // Counts handshakes by address: addresses over the limit are served after the others. Null: all are
    // equal.
    std::shared_ptr<AnswerLimiter> handshakes = nullptr;
    bool http_over_tcp = false;  // pass HTTP on over TCP too, not only over TLS
  };
  StreamPath(const Options& options, Admission& admission) : options_(options), admission_(admission) {}
  StreamPath(const StreamPath&) = delete;
  StreamPath& operator=(const StreamPath&) = delete;

  // Hands HTTP connections to next_passing(). Without this call they are closed.
  void pass_on() { passes_on_ = true; }
  // Sets the other TLS servers by name. A TLS connection that asks for one of the names is handed to
  // next_passing() before TLS begins. Applies to connections whose name is not settled yet; null: there are
  // no such names.
  void pass_through(std::shared_ptr<const Passthrough> to) { passthrough_ = std::move(to); }
  // Sets the options of connections and requests that come from now on.
  void set_options(const Options& options) { options_ = options; }
  // Watches lanes and listeners in `poller`, under the tokens `lanes` plus a Standing and `listeners` plus an
  // index. Throws boost::system::system_error.
  void watch(net::Poller& poller, std::uint64_t lanes, std::uint64_t listeners);
  // Adds a listener. After watch(), returns why the poller does not watch the listener yet, which is tried
  // again every kRest.
  boost::system::error_code listen(StreamListener listener);
  // Changes the transport, TCP or TLS, of the listener's new connections.
  void turn(const Endpoint& listener, Transport to);
  // Closes the listener; its connections stay open.
  void close(const Endpoint& listener);

  // Renews all budgets.
  void begin_turn(TimePoint now);
  // Notes that the poller reports a lane.
  void note_ready(Standing lane) { this->lane(lane).note_ready(); }
  // Notes that the poller reports a listener, by index.
  void note_listener_ready(std::uint32_t listener) { ready_listeners_.push_back(listener); }
  // Accepts connections and continues with PROXY headers and handshakes, within the budget of the turn.
  void receive_arrivals();
  // Returns frames of one ready connection; empty when there are no more this turn. The frames are valid
  // until the next call. Frames beyond a budget stay where they are.
  std::span<const Inbound> next_batch(Standing standing);
  // Returns whether there is something to do that no poller reports.
  bool has_waiting() const;
  // Returns whether strangers or listeners are ready.
  bool has_strangers() const;
  // Suspends strangers and listeners until then: the poller does not report them, and the caller must not
  // serve them.
  void rest_strangers(TimePoint until);
  // Returns whether rest_strangers() is in effect.
  bool strangers_rest() const { return strangers_rest_until_.has_value(); }

  // Closes connections whose time has run out and watches resting listeners again.
  void on_deadline(TimePoint now);
  // Returns when on_deadline() must be called; nullopt: not at all.
  std::optional<TimePoint> next_deadline() const;

  // Adds a connection from net::Listener::accept(), or from net::adopt_connection() for one that an earlier
  // process has accepted. Its first bytes, such as a TLS handshake, must not have been read yet.
  void adopt(net::Accepted accepted, Transport transport);
  // Notes that the client has got its first allocation or lost its last one. A client with an allocation may
  // be silent for any time, and may send frames of any size and kind.
  void note_allocation(StreamId id, bool holds_one);

  // Queues frames until flush(). Data is dropped whole if the client does not read; a response that does not
  // fit closes the connection. Unknown ids are ignored: the connection has gone meanwhile.
  void send_data(StreamId id, const Parts& frame);
  void send_response(StreamId id, Bytes message);
  // Sends what is queued, and closes connections that fail.
  void flush();
  // Returns a connection that is not for TURN and is no longer in this path, each once; nullopt if there is
  // none left. The caller gives back its place by Admission::leave().
  std::optional<Passing> next_passing();
  // Returns a client whose connection has been closed, each once; nullopt if there is none left.
  std::optional<relay::Client> next_gone();

  const PathCounters& counters() const { return counters_; }

  // Returns the number of connections, including those whose PROXY header has not arrived.
  std::size_t size() const { return connections_.size() + newcomers_.size(); }

 private:
  Lane& lane(Standing standing) { return lanes_[static_cast<std::size_t>(standing)]; }
  const Lane& lane(Standing standing) const { return lanes_[static_cast<std::size_t>(standing)]; }
  Connection* find(StreamId id);
  void accept(std::uint32_t listener);
  void rest(std::uint32_t listener);
  void end_rest();
  boost::system::error_code watch(std::uint32_t listener);
  std::optional<std::uint32_t> index_of(const Endpoint& listener) const;
  void watch_strangers(bool watched);
  void establish(StreamId id, Arrival arrival);
  void refuse(const FiveTuple& ends, NotAdmitted cause, const boost::system::error_code& error = {});
  bool receive_arrivals(Standing standing);
  void begin_arrival(StreamId id, Standing standing);
  void end_arrival(StreamId id);
  Standing first_standing(const FiveTuple& ends) const;
  void read_header(StreamId id);
  void refuse_header(StreamId id, NoHeader cause);
  bool read_name(StreamId id, Connection& connection);
  void take_out(StreamId id, const Endpoint& server);
  void read_handshake(StreamId id, Connection& connection);
  void fail_handshake(Connection& connection, net::HandshakeFailure cause);
  Connection* next_connection(Standing standing);
  bool is_next(const Connection& ready, Standing standing) const;
  void fill_batch(Connection& connection);
  bool recognise(Connection& connection) const;
  bool may_pass(const Connection& connection) const;
  void pass(StreamId id);
  bool may_ask(const Connection& connection) const;
  std::size_t take_frames(Connection& connection, std::size_t requests_max);
  void finish_batch();
  void wait(Connection& connection);
  void hold(Connection& connection, bool waited);
  [[nodiscard]] boost::system::error_code move(Connection& connection, Standing to);
  void set_deadline(const Connection& connection);
  void mark_dirty(Connection& connection);
  void flush_one(StreamId id);
  void close(StreamId id, const Ending& ending);

  Options options_;
  Admission& admission_;
  net::StreamMemory memory_;                              // outlives the connections
  std::vector<std::optional<StreamListener>> listeners_;  // closed ones keep their index
  net::Poller* poller_ = nullptr;                         // of the listeners
  std::uint64_t lane_token_ = 0;
  std::uint64_t listener_token_ = 0;
  std::vector<std::uint32_t> resting_;  // listeners that are not watched
  TimePoint rest_until_;
  std::optional<TimePoint> strangers_rest_until_;
  std::array<Lane, kStandings> lanes_{Lane(kArrivalsPerTurn), Lane(kArrivalsPerTurn), Lane(kStrangersPerTurn),
                                      Lane(kClientsPerTurn)};
  boost::unordered_flat_map<StreamId, std::unique_ptr<Connection>> connections_;
  Newcomers newcomers_;
  std::set<StreamId> arriving_;  // header or handshake incomplete; oldest first
  std::set<StreamId> crowding_;  // the same
  std::vector<std::uint32_t> ready_listeners_;
  std::vector<Inbound> batch_;
  Connection* in_batch_ = nullptr;  // whose frames are handed out
  std::vector<StreamId> dirty_;
  std::vector<Passing> passing_;
  std::vector<relay::Client> gone_;
  PathCounters counters_;
  DeadlineQueue<StreamId> deadlines_;
  StreamId next_id_ = 1;
  bool passes_on_ = false;
  std::shared_ptr<const Passthrough> passthrough_;
  std::uint64_t turn_ = 0;
  TimePoint now_;
};

}  // namespace turnpike::path
