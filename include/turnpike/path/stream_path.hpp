// The way to clients over TCP and TLS: listeners and connections of one worker.
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

// ClientRef::path of its clients is the id of the connection, which is never reused.
class StreamPath {
 public:
  using StreamId = std::uint32_t;

  static constexpr int kAcceptsPerTurn = 16;  // a listener
  // How long a listener that cannot accept is left alone.
  static constexpr Duration kRest = std::chrono::milliseconds(100);
  // A handshake's step may be a signature, which takes as long as a hundred requests.
  static constexpr LaneLimits kArrivalsPerTurn{
      .connections = 1, .requests = 1, .requests_of_one = 0, .bytes = 65536, .bytes_of_one_read = 1024};
  static constexpr LaneLimits kStrangersPerTurn{
      .connections = 64, .requests = 64, .requests_of_one = 16, .bytes = 65536, .bytes_of_one_read = 1024};
  static constexpr LaneLimits kClientsPerTurn{.connections = 64,
                                              .requests = 64,
                                              .requests_of_one = 16,
                                              .bytes = 1 << 20,
                                              .bytes_of_one_read = 1 << 17};

  struct Options {
    std::uint32_t worker = 0;
    bool rfc5766_channels = false;
    std::size_t arrivals_max = 0;  // that are half open, of which the oldest makes room; 0 = no limit
    std::shared_ptr<AnswerLimiter> requests = nullptr;  // of strangers, by address; null: no limit
    // That come before those of addresses which have begun more; null: all of them are equal.
    std::shared_ptr<AnswerLimiter> handshakes = nullptr;
    bool http_over_tcp = false;  // is passed on as well as that over TLS
  };
  StreamPath(const Options& options, Admission& admission) : options_(options), admission_(admission) {}
  StreamPath(const StreamPath&) = delete;
  StreamPath& operator=(const StreamPath&) = delete;

  // What is HTTP is for somebody else: next_passing(). Otherwise it is closed.
  void pass_on() { passes_on_ = true; }
  // What comes over TLS is told apart by the name that it asks for, before TLS begins: that of another server
  // is for somebody else, too. Of connections whose names are not settled yet. Null: none of them is.
  void pass_through(std::shared_ptr<const Passthrough> to) { passthrough_ = std::move(to); }
  // Of what comes from now on.
  void set_options(const Options& options) { options_ = options; }
  // The tokens are `lanes` plus a Standing, and `listeners` plus an index. Throws
  // boost::system::system_error.
  void watch(net::Poller& poller, std::uint64_t lanes, std::uint64_t listeners);
  // Before watch() or after it: then the error says why it is not watched yet, which is tried again.
  boost::system::error_code listen(StreamListener listener);
  // Of connections to come.
  void turn(const Endpoint& listener, Transport to);
  // Its connections live on.
  void close(const Endpoint& listener);

  void begin_turn(TimePoint now);
  void note_ready(Standing lane) { this->lane(lane).note_ready(); }
  void note_listener_ready(std::uint32_t listener) { ready_listeners_.push_back(listener); }
  // Accepts, and goes on with PROXY headers and handshakes.
  void receive_arrivals();
  // Of what is ready, frames of one connection; empty when there is no more this turn. Valid until the next
  // call. Frames beyond a budget stay where they are.
  std::span<const Inbound> next_batch(Standing standing);
  // There is something to do that no poller reports.
  bool has_waiting() const;
  // Strangers or listeners are ready.
  bool has_strangers() const;
  // Until then no poller reports strangers and listeners, and they are not to be served.
  void rest_strangers(TimePoint until);
  bool strangers_rest() const { return strangers_rest_until_.has_value(); }

  void on_deadline(TimePoint now);
  std::optional<TimePoint> next_deadline() const;

  // A connection as net::Listener::accept() gives it, or as net::adopt_connection() makes it of one that a
  // process before this one has accepted: what it begins with is still to come, a handshake over TLS.
  void adopt(net::Accepted accepted, Transport transport);
  // A client with an allocation is no stranger: there is no limit to its silence, and its frames may be of
  // any size and kind.
  void note_allocation(StreamId id, bool holds_one);

  // Queued until flush(). Data is dropped whole where the client does not read; a response that
  // does not fit closes the connection. Unknown ids are ignored: the connection has gone meanwhile.
  void send_data(StreamId id, const Parts& frame);
  void send_response(StreamId id, Bytes message);
  void flush();
  // A connection that is here no more, and is none of TURN's; its place is still taken (Admission::leave()).
  std::optional<Passing> next_passing();
  // A client whose connection has been closed; each is told once.
  std::optional<relay::Client> next_gone();

  const PathCounters& counters() const { return counters_; }

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
  std::vector<std::optional<StreamListener>> listeners_;  // those that were closed keep their places
  net::Poller* poller_ = nullptr;                         // that the listeners are in
  std::uint64_t lane_token_ = 0;
  std::uint64_t listener_token_ = 0;
  std::vector<std::uint32_t> resting_;  // listeners that are not watched
  TimePoint rest_until_;
  std::optional<TimePoint> strangers_rest_until_;
  std::array<Lane, kStandings> lanes_{Lane(kArrivalsPerTurn), Lane(kArrivalsPerTurn), Lane(kStrangersPerTurn),
                                      Lane(kClientsPerTurn)};
  boost::unordered_flat_map<StreamId, std::unique_ptr<Connection>> connections_;
  Newcomers newcomers_;
  std::set<StreamId> arriving_;  // with a header or a handshake to come, the oldest first
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
