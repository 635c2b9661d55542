// How a connection becomes one of StreamPath's: accepted, named by its balancer, admitted, through its
// handshake.
#include <string_view>
#include <utility>

#include "turnpike/net/kernel_buffers.hpp"
#include "turnpike/path/path_log.hpp"
#include "turnpike/path/stream_path.hpp"

namespace turnpike::path {
namespace {

// As every web server has one for those who forget the s of https.
constexpr std::string_view kAnswerToPlainHttp =
    "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nContent-Length: 28\r\nConnection: close\r\n\r\n"
    "this port speaks HTTPS only\n";

}  // namespace

boost::system::error_code StreamPath::listen(StreamListener listener) {
  const auto index = static_cast<std::uint32_t>(listeners_.size());
  listeners_.emplace_back(std::move(listener));
  const auto error = poller_ == nullptr ? boost::system::error_code{} : watch(index);
  if (error) resting_.push_back(index);
  return error;
}

boost::system::error_code StreamPath::watch(std::uint32_t listener) {
  return poller_->add(listeners_[listener]->socket.fd(), listener_token_ + listener,
                      {.readable = !strangers_rest()});
}

std::optional<std::uint32_t> StreamPath::index_of(const Endpoint& listener) const {
  for (std::uint32_t i = 0; i < listeners_.size(); ++i) {
    if (listeners_[i] && listeners_[i]->socket.local() == listener) return i;
  }
  return std::nullopt;
}

void StreamPath::turn(const Endpoint& listener, Transport to) {
  if (const auto index = index_of(listener)) listeners_[*index]->transport = to;
}

// The poller may have reported it in this very turn.
void StreamPath::close(const Endpoint& listener) {
  const auto index = index_of(listener);
  if (!index) return;
  listeners_[*index].reset();
  std::erase(ready_listeners_, *index);
  std::erase(resting_, *index);
}

void StreamPath::receive_arrivals() {
  for (const std::uint32_t listener : ready_listeners_) accept(listener);
  ready_listeners_.clear();
  if (!receive_arrivals(Standing::arriving)) receive_arrivals(Standing::crowding);
}

// Whether there was anybody.
bool StreamPath::receive_arrivals(Standing standing) {
  bool any = false;
  for (auto next = lane(standing).next(); next; next = lane(standing).next()) {
    any = true;
    if (newcomers_.contains(next->id)) {
      read_header(next->id);
    } else if (Connection* connection = find(next->id)) {
      if (is_arrival(connection->standing)) read_handshake(next->id, *connection);
    }
  }
  return any;
}

void StreamPath::accept(std::uint32_t listener) {
  for (int i = 0; i < kAcceptsPerTurn; ++i) {
    auto accepted = listeners_[listener]->socket.accept();
    if (accepted) adopt(std::move(*accepted), listeners_[listener]->transport);
    if (listeners_[listener]->socket.is_starved()) return rest(listener);
    if (!accepted) return;
  }
}

// Its poller would report it again and again.
void StreamPath::rest(std::uint32_t listener) {
  admission_.note_starved(now_);
  if (poller_->remove(listeners_[listener]->socket.fd())) return;
  if (resting_.empty()) rest_until_ = now_ + kRest;
  resting_.push_back(listener);
}

// Without memory for a watch it rests on.
void StreamPath::end_rest() {
  std::erase_if(resting_, [&](std::uint32_t listener) { return !watch(listener); });
  rest_until_ = now_ + kRest;
}

void StreamPath::rest_strangers(TimePoint until) {
  if (!strangers_rest()) watch_strangers(false);
  strangers_rest_until_ = until;
}

// Another interest needs no memory. Where a listener rests there is no watch to change.
void StreamPath::watch_strangers(bool watched) {
  const auto set = [&](int fd, std::uint64_t token) {
    static_cast<void>(poller_->modify(fd, token, {.readable = watched}));
  };
  for (const Standing standing : {Standing::arriving, Standing::crowding, Standing::stranger})
    set(lane(standing).ring().fd(), lane_token_ + static_cast<std::uint64_t>(standing));
  for (std::size_t i = 0; i < listeners_.size(); ++i) {
    if (listeners_[i]) set(listeners_[i]->socket.fd(), listener_token_ + i);
  }
}

void StreamPath::adopt(net::Accepted accepted, Transport transport) {
  const StreamId id = next_id_++;
  Arrival arrival{std::move(accepted), transport, now_};
  if (!arrival.accepted.fd) return refuse(arrival.ends(), NotAdmitted::out_of_descriptors);
  if (!admission_.is_balancer(arrival.accepted.client.address)) return establish(id, std::move(arrival));
  if (const auto error = lane(Standing::arriving).ring().poller().add(arrival.accepted.fd.get(), id))
    return refuse(arrival.ends(), NotAdmitted::not_watched, error);
  net::set_kernel_buffers(arrival.accepted.fd.get(), net::KernelBuffers::small);
  newcomers_.add(id, std::move(arrival));
  deadlines_.set(id, now_ + kArrivalLimit);
  begin_arrival(id, Standing::arriving);
}

// Where there is no room, those that crowd make some first.
void StreamPath::begin_arrival(StreamId id, Standing standing) {
  (standing == Standing::crowding ? crowding_ : arriving_).insert(id);
  if (options_.arrivals_max == 0 || arriving_.size() + crowding_.size() <= options_.arrivals_max) return;
  const StreamId oldest = *(crowding_.empty() ? arriving_ : crowding_).begin();
  if (newcomers_.contains(oldest)) return refuse_header(oldest, NoHeader::made_room);
  fail_handshake(*find(oldest), net::HandshakeFailure::made_room);
}

void StreamPath::end_arrival(StreamId id) {
  arriving_.erase(id);
  crowding_.erase(id);
}

// An address that floods keeps no other one waiting.
Standing StreamPath::first_standing(const FiveTuple& ends) const {
  if (ends.transport != Transport::tls) return Standing::stranger;
  const bool prompt = !options_.handshakes || options_.handshakes->allow(ends.client.address, now_);
  return prompt ? Standing::arriving : Standing::crowding;
}

void StreamPath::refuse(const FiveTuple& ends, NotAdmitted cause, const boost::system::error_code& error) {
  counters_.connections_not_admitted.add(cause);
  log_not_admitted(ends, cause, error);
}

void StreamPath::refuse_header(StreamId id, NoHeader cause) {
  counters_.headers_refused.add(cause);
  log_header_refused(newcomers_.ends(id), cause);
  newcomers_.remove(id);
  end_arrival(id);
  deadlines_.remove(id);
}

void StreamPath::read_header(StreamId id) {
  auto arrival = newcomers_.read(id);
  if (!arrival) return refuse_header(id, arrival.error());
  if (!*arrival) return;
  end_arrival(id);
  deadlines_.remove(id);
  if (const auto error = lane(Standing::arriving).ring().poller().remove((*arrival)->accepted.fd.get()))
    return refuse((*arrival)->ends(), NotAdmitted::not_watched, error);
  establish(id, std::move(**arrival));
}

// A connection that is refused closes with `arrival`.
void StreamPath::establish(StreamId id, Arrival arrival) {
  const FiveTuple ends = arrival.ends();
  auto tls = admission_.enter(ends);
  if (!tls) return refuse(ends, tls.error());
  const net::StreamOptions stream_options{.rfc5766_channels = options_.rfc5766_channels};
  auto connection =
      std::make_unique<Connection>(std::move(arrival.accepted), memory_, stream_options, std::move(*tls));
  connection->client = {ends, {options_.worker, id}};
  connection->accepted_at = arrival.accepted_at;
  connection->heard_at = connection->taken_at = now_;
  connection->stranger_since = arrival.accepted_at;
  connection->standing = first_standing(ends);
  connection->stream.set_frame_limit(kFrameMaxOfStranger);
  connection->stream.set_narrow(true);
  if (passthrough_ && ends.transport == Transport::tls)
    connection->asked = std::make_unique<net::AskedName>();
  if (const auto error = lane(connection->standing).ring().poller().add(connection->stream.fd(), id)) {
    refuse(ends, NotAdmitted::not_watched, error);
    return admission_.leave(ends, true);
  }
  ++counters_.connections_admitted;
  set_deadline(*connection);
  const Standing standing = connection->standing;
  connections_.emplace(id, std::move(connection));
  if (is_arrival(standing)) begin_arrival(id, standing);
}

// What comes right behind the handshake waits with the strangers.
void StreamPath::read_handshake(StreamId id, Connection& connection) {
  if (connection.asked && !read_name(id, connection)) return;
  const auto received = connection.stream.receive(kArrivalsPerTurn.bytes_of_one_read);
  connection.stream.release();
  connection.ended = received.state == net::StreamState::closed;
  if (connection.ended && !connection.stream.handshake_done())
    return fail_handshake(connection, connection.stream.handshake_failure());
  mark_dirty(connection);
  if (!connection.stream.handshake_done()) return;
  counters_.handshakes.add(now_ - connection.accepted_at);
  end_arrival(id);
  if (connection.ended && !connection.stream.holds_bytes()) return close(id, ending_of(connection.stream));
  if (const auto error = move(connection, Standing::stranger))
    return close(id, {ConnectionEnd::not_watched, error});
  set_deadline(connection);
  if (connection.stream.has_unseen()) wait(connection);
}

void StreamPath::fail_handshake(Connection& connection, net::HandshakeFailure cause) {
  if (net::is_plain_http(connection.stream.error())) connection.stream.write_in_clear(kAnswerToPlainHttp);
  counters_.handshakes_failed.add(cause);
  log_handshake_failed(connection.client.tuple, cause, connection.stream.error());
  close(connection.client.ref.path, {ConnectionEnd::handshake_failed});
}

}  // namespace turnpike::path
