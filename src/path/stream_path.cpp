#include "turnpike/path/stream_path.hpp"

#include <algorithm>
#include <utility>

#include "turnpike/base/earlier.hpp"
#include "turnpike/path/path_log.hpp"
#include "turnpike/stun/classify.hpp"
#include "turnpike/stun/framing.hpp"

namespace turnpike::path {
namespace {

constexpr std::size_t kFramesPerBatch = 512;
// Reads of a batch: the rest of an incomplete frame and one of scratch.
constexpr int kReadsPerBatch = 2;

// A letter of HTTP might be the first byte of ChannelData (RFC 7983 7), but for somebody who holds no
// allocation that means nothing.
bool begins_turn(std::uint8_t first) { return first < 0x40; }
// As all methods of HTTP do that anybody uses (RFC 9110 9.1).
bool begins_method(std::uint8_t first) { return first >= 'A' && first <= 'Z'; }

bool is_stun(Bytes frame) { return stun::classify(frame[0]) == stun::PacketKind::stun; }

}  // namespace

void StreamPath::watch(net::Poller& poller, std::uint64_t lanes, std::uint64_t listeners) {
  for (std::size_t i = 0; i < lanes_.size(); ++i) poller.add_or_throw(lanes_[i].ring().fd(), lanes + i);
  for (std::size_t i = 0; i < listeners_.size(); ++i)
    poller.add_or_throw(listeners_[i]->socket.fd(), listeners + i);
  poller_ = &poller;
  lane_token_ = lanes;
  listener_token_ = listeners;
}

void StreamPath::begin_turn(TimePoint now) {
  now_ = now;
  ++turn_;
  ready_listeners_.clear();
  for (Lane& lane : lanes_) lane.begin_turn();
  if (!strangers_rest_until_ || now < *strangers_rest_until_) return;
  strangers_rest_until_.reset();
  watch_strangers(true);
}

bool StreamPath::has_waiting() const {
  if (strangers_rest()) return lane(Standing::client).has_waiting();
  return std::ranges::any_of(lanes_, [](const Lane& lane) { return lane.has_waiting(); });
}

bool StreamPath::has_strangers() const {
  return !ready_listeners_.empty() || lane(Standing::arriving).has_any() ||
         lane(Standing::crowding).has_any() || lane(Standing::stranger).has_any();
}

Connection* StreamPath::find(StreamId id) {
  const auto found = connections_.find(id);
  return found == connections_.end() ? nullptr : found->second.get();
}

std::span<const Inbound> StreamPath::next_batch(Standing standing) {
  finish_batch();
  while (Connection* connection = next_connection(standing)) {
    in_batch_ = connection;
    fill_batch(*connection);
    if (!batch_.empty()) return batch_;
    finish_batch();
  }
  return {};
}

// What is ready may have moved, or have been served as one that waits, or be about to be.
bool StreamPath::is_next(const Connection& ready, Standing standing) const {
  return ready.standing == standing && !ready.waits && ready.served_in != turn_;
}

// A stranger's frames are all requests.
Connection* StreamPath::next_connection(Standing standing) {
  Lane& own = lane(standing);
  while (standing != Standing::stranger || own.has_requests()) {
    const auto next = own.next();
    if (!next) break;
    Connection* connection = find(next->id);
    if (connection == nullptr) continue;
    if (next->waited && connection->standing != standing) {
      lane(connection->standing).wait(next->id);  // it has moved meanwhile
    } else if (connection->owes()) {
      hold(*connection, next->waited);
    } else if (next->waited || is_next(*connection, standing)) {
      connection->waits = false;
      connection->served_in = turn_;
      return connection;
    }
  }
  return nullptr;
}

void StreamPath::fill_batch(Connection& connection) {
  Lane& own = lane(connection.standing);
  std::size_t requests_left = own.requests_of_one();
  for (int i = 0; i < kReadsPerBatch && !connection.doom; ++i) {
    if (!connection.ended) {
      const auto received = connection.stream.receive(own.bytes_of_read());
      connection.ended = received.state == net::StreamState::closed;
      own.spend(received.bytes, 0);
    }
    if (!connection.is_turn && !recognise(connection)) break;
    const std::size_t requests = take_frames(connection, requests_left);
    own.spend(0, requests);
    requests_left -= std::min(requests, requests_left);
    if (connection.stream.holds_bytes() || connection.ended || !connection.stream.may_have_more()) break;
  }
}

// False: this is no TURN. What was agreed on by ALPN must be what comes. HTTP over TCP has cost its client no
// handshake, so it counts as a request of TURN would.
bool StreamPath::recognise(Connection& connection) const {
  const Bytes begin = connection.stream.held();
  if (begin.empty()) return true;
  const bool is_turn = begins_turn(begin[0]);
  const net::Alpn agreed = connection.stream.alpn();
  const bool is_agreed = agreed == net::Alpn::none || (agreed == net::Alpn::turn) == is_turn;
  if (!is_agreed || (!is_turn && !may_pass(connection))) {
    connection.doom = Ending{ConnectionEnd::malformed};
  } else if (!is_turn && connection.client.tuple.transport == Transport::tcp && !may_ask(connection)) {
    connection.doom = Ending{ConnectionEnd::asks_too_much};
  } else {
    connection.is_turn = is_turn;
    connection.passes = !is_turn;
  }
  return connection.is_turn;
}

// Over TCP nothing but HTTP is answered, so that who scans the port for anything else learns nothing new.
bool StreamPath::may_pass(const Connection& connection) const {
  if (!passes_on_ || connection.client.tuple.transport == Transport::tls) return passes_on_;
  return options_.http_over_tcp && begins_method(connection.stream.held()[0]);
}

// Few requests of a stranger are ever verified, and each of these makes a client of it.
bool StreamPath::may_ask(const Connection& connection) const {
  if (connection.standing == Standing::client || !options_.requests) return true;
  return options_.requests->allow(connection.client.tuple.client.address, now_);
}

// "GET " is a channel number with a length of 21 KB; without an allocation ChannelData means nothing
// but trouble. Frames of the batch in hand may yet bring an allocation, so what follows them is judged later.
std::size_t StreamPath::take_frames(Connection& connection, std::size_t requests_max) {
  std::size_t requests = 0;
  while (batch_.size() < kFramesPerBatch) {
    const auto frame = connection.stream.front();
    const bool fits = frame && (!*frame || connection.standing == Standing::client || is_stun(**frame));
    if (!fits && batch_.empty()) connection.doom = Ending{ConnectionEnd::malformed};
    if (!fits || !*frame) break;
    const bool is_data = connection.standing == Standing::client && !is_request(**frame);
    const std::size_t cost = is_data ? 0 : cost_of(**frame);
    if (!is_data && requests >= requests_max) break;
    if (!may_ask(connection)) {
      if (batch_.empty()) connection.doom = Ending{ConnectionEnd::asks_too_much};
      break;
    }
    requests += cost;
    connection.stream.pop();
    batch_.push_back({**frame, connection.client, 0});
  }
  if (!batch_.empty()) {
    connection.spoke = true;
    connection.heard_at = now_;
  }
  return requests;
}

void StreamPath::finish_batch() {
  batch_.clear();
  Connection* connection = std::exchange(in_batch_, nullptr);
  if (connection == nullptr) return;
  const StreamId id = connection->client.ref.path;
  connection->stream.release();
  if (connection->passes) return pass(id);
  if (connection->doom) return close(id, *connection->doom);
  if (connection->ended && !connection->stream.holds_bytes()) return close(id, ending_of(connection->stream));
  if (connection->stream.has_unseen()) wait(*connection);
  mark_dirty(*connection);
}

void StreamPath::wait(Connection& connection) {
  connection.waits = true;
  lane(connection.standing).wait(connection.client.ref.path);
}

// The next flush may end it.
void StreamPath::hold(Connection& connection, bool waited) {
  if (waited) {
    connection.waits = false;
    connection.held = true;
  }
  mark_dirty(connection);
}

void StreamPath::note_allocation(StreamId id, bool holds_one) {
  Connection* connection = find(id);
  if (connection == nullptr) return;
  connection->stream.set_frame_limit(holds_one ? stun::kFrameMax : kFrameMaxOfStranger);
  connection->stream.set_narrow(!holds_one);
  if (holds_one != (connection->standing == Standing::client)) admission_.become(!holds_one);
  connection->heard_at = connection->stranger_since = connection->taken_at = now_;
  if (const auto error = move(*connection, holds_one ? Standing::client : Standing::stranger))
    return close(id, {ConnectionEnd::not_watched, error});
  mark_dirty(*connection);
  set_deadline(*connection);
}

boost::system::error_code StreamPath::move(Connection& connection, Standing to) {
  const int fd = connection.stream.fd();
  if (const auto error = lane(connection.standing).ring().poller().remove(fd)) return error;
  connection.standing = to;
  return lane(to).ring().poller().add(fd, connection.client.ref.path, connection.watched);
}

void StreamPath::set_deadline(const Connection& connection) {
  const StreamId id = connection.client.ref.path;
  if (connection.standing == Standing::client) return deadlines_.remove(id);
  deadlines_.set(id, connection.limit().at);
}

std::optional<TimePoint> StreamPath::next_deadline() const {
  const auto of_listeners = resting_.empty() ? std::nullopt : std::optional(rest_until_);
  return earlier(deadlines_.next(), earlier(of_listeners, strangers_rest_until_));
}

// A message has moved the limit of its connection, not the deadline.
void StreamPath::on_deadline(TimePoint now) {
  if (!resting_.empty() && rest_until_ <= now) end_rest();
  while (const auto id = deadlines_.pop_due(now)) {
    Connection* connection = find(*id);
    if (connection == nullptr) {
      refuse_header(*id, NoHeader::timed_out);
    } else if (connection->limit().at > now) {
      set_deadline(*connection);
    } else if (is_arrival(connection->standing)) {
      fail_handshake(*connection, net::HandshakeFailure::timed_out);
    } else {
      close(*id, {connection->limit().cause});
    }
  }
}

void StreamPath::mark_dirty(Connection& connection) {
  if (std::exchange(connection.dirty, true)) return;
  dirty_.push_back(connection.client.ref.path);
}

void StreamPath::send_data(StreamId id, const Parts& frame) {
  Connection* connection = find(id);
  if (connection == nullptr) return;
  if (!connection->stream.queue_data(frame)) {
    ++counters_.stream_data_dropped;
    return;
  }
  mark_dirty(*connection);
}

void StreamPath::send_response(StreamId id, Bytes message) {
  Connection* connection = find(id);
  if (connection == nullptr) return;
  if (!connection->stream.queue_control(message)) return close(id, {ConnectionEnd::does_not_read});
  mark_dirty(*connection);
}

// The memory of a batch that is handed out stays until it is done.
void StreamPath::close(StreamId id, const Ending& ending) {
  const auto found = connections_.find(id);
  if (found == connections_.end()) return;
  if (found->second.get() == in_batch_) {
    if (!in_batch_->doom) in_batch_->doom = ending;
    return;
  }
  const auto connection = std::move(found->second);
  connections_.erase(found);
  deadlines_.remove(id);
  end_arrival(id);
  admission_.leave(connection->client.tuple, connection->standing != Standing::client);
  counters_.connections_closed.add(ending.cause);
  log_closed(connection->client.tuple, ending);
  gone_.push_back(connection->client);
}

void StreamPath::pass(StreamId id) {
  Connection& connection = *find(id);
  net::Stream& stream = connection.stream;
  if (const auto error = lane(connection.standing).ring().poller().remove(stream.fd()))
    return close(id, {ConnectionEnd::not_watched, error});
  stream.set_narrow(false);
  const Bytes held = stream.held();
  std::vector<std::uint8_t> begin(held.begin(), held.end());
  passing_.push_back({stream.give_up(), std::move(begin), connection.client.tuple});
  counters_.connections_closed.add(ConnectionEnd::passed_on);
  deadlines_.remove(id);
  connections_.erase(id);
}

std::optional<Passing> StreamPath::next_passing() {
  if (passing_.empty()) return std::nullopt;
  Passing passing = std::move(passing_.back());
  passing_.pop_back();
  return passing;
}

std::optional<relay::Client> StreamPath::next_gone() {
  if (gone_.empty()) return std::nullopt;
  const relay::Client client = gone_.back();
  gone_.pop_back();
  return client;
}

void StreamPath::flush() {
  for (std::size_t i = 0; i < dirty_.size(); ++i) flush_one(dirty_[i]);
  dirty_.clear();
}

void StreamPath::flush_one(StreamId id) {
  Connection* connection = find(id);
  if (connection == nullptr) return;
  connection->dirty = false;
  const std::size_t queued = connection->stream.queued_bytes();
  if (connection->stream.flush() == net::StreamState::closed) return close(id, ending_of(connection->stream));
  connection->note_flushed(queued, now_);
  if (connection->owes()) {
    set_deadline(*connection);
  } else if (std::exchange(connection->held, false)) {
    wait(*connection);
  }
  const net::Interest wanted = connection->interest();
  if (wanted == connection->watched) return;
  connection->watched = wanted;
  net::Poller& poller = lane(connection->standing).ring().poller();
  if (const auto error = poller.modify(connection->stream.fd(), id, wanted))
    close(id, {ConnectionEnd::not_watched, error});
}

}  // namespace turnpike::path
