// How a connection becomes one of StreamPath's: accepted, named by its balancer, admitted, through its
// handshake.
#include <utility>

#include "turnpike/net/kernel_buffers.hpp"
#include "turnpike/path/path_log.hpp"
#include "turnpike/path/stream_path.hpp"

namespace turnpike::path {

void StreamPath::receive_arrivals() {
  for (const std::uint32_t listener : ready_listeners_) accept(listener);
  ready_listeners_.clear();
  while (const auto next = lane(Standing::arriving).next()) {
    if (newcomers_.contains(next->id)) {
      read_header(next->id);
    } else if (Connection* connection = find(next->id)) {
      if (connection->standing == Standing::arriving) read_handshake(next->id, *connection);
    }
  }
}

void StreamPath::accept(std::uint32_t listener) {
  for (int i = 0; i < kAcceptsPerTurn; ++i) {
    auto accepted = listeners_[listener].socket.accept();
    if (accepted) adopt(std::move(*accepted), listeners_[listener].transport);
    if (listeners_[listener].socket.is_starved()) return rest(listener);
    if (!accepted) return;
  }
}

// Its poller would report it again and again.
void StreamPath::rest(std::uint32_t listener) {
  admission_.note_starved(now_);
  if (poller_->remove(listeners_[listener].socket.fd())) return;
  if (resting_.empty()) rest_until_ = now_ + kRest;
  resting_.push_back(listener);
}

// Without memory for a watch it rests on.
void StreamPath::end_rest() {
  std::erase_if(resting_, [&](std::uint32_t listener) {
    return !poller_->add(listeners_[listener].socket.fd(), listener_token_ + listener);
  });
  rest_until_ = now_ + kRest;
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
  begin_arrival(id);
}

void StreamPath::begin_arrival(StreamId id) {
  arriving_.insert(id);
  if (options_.arrivals_max == 0 || arriving_.size() <= options_.arrivals_max) return;
  const StreamId oldest = *arriving_.begin();
  if (newcomers_.contains(oldest)) return refuse_header(oldest, NoHeader::made_room);
  fail_handshake(*find(oldest), net::HandshakeFailure::made_room);
}

void StreamPath::refuse(const FiveTuple& ends, NotAdmitted cause, const boost::system::error_code& error) {
  counters_.connections_not_admitted.add(cause);
  log_not_admitted(ends, cause, error);
}

void StreamPath::refuse_header(StreamId id, NoHeader cause) {
  counters_.headers_refused.add(cause);
  log_header_refused(newcomers_.ends(id), cause);
  newcomers_.remove(id);
  arriving_.erase(id);
  deadlines_.remove(id);
}

void StreamPath::read_header(StreamId id) {
  auto arrival = newcomers_.read(id);
  if (!arrival) return refuse_header(id, arrival.error());
  if (!*arrival) return;
  arriving_.erase(id);
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
  connection->standing = arrival.transport == Transport::tls ? Standing::arriving : Standing::stranger;
  connection->stream.set_frame_limit(kFrameMaxOfStranger);
  connection->stream.set_narrow(true);
  if (const auto error = lane(connection->standing).ring().poller().add(connection->stream.fd(), id)) {
    refuse(ends, NotAdmitted::not_watched, error);
    return admission_.leave(ends, true);
  }
  ++counters_.connections_admitted;
  set_deadline(*connection);
  const bool is_arriving = connection->standing == Standing::arriving;
  connections_.emplace(id, std::move(connection));
  if (is_arriving) begin_arrival(id);
}

// What comes right behind the handshake waits with the strangers.
void StreamPath::read_handshake(StreamId id, Connection& connection) {
  const auto received = connection.stream.receive(kArrivalsPerTurn.bytes_of_one_read);
  connection.stream.release();
  connection.ended = received.state == net::StreamState::closed;
  if (connection.ended && !connection.stream.handshake_done())
    return fail_handshake(connection, connection.stream.handshake_failure());
  mark_dirty(connection);
  if (!connection.stream.handshake_done()) return;
  ++counters_.handshakes_done;
  arriving_.erase(id);
  if (connection.ended && !connection.stream.holds_bytes()) return close(id, ending_of(connection.stream));
  if (const auto error = move(connection, Standing::stranger))
    return close(id, {ConnectionEnd::not_watched, error});
  set_deadline(connection);
  if (connection.stream.has_unseen()) wait(connection);
}

void StreamPath::fail_handshake(const Connection& connection, net::HandshakeFailure cause) {
  counters_.handshakes_failed.add(cause);
  log_handshake_failed(connection.client.tuple, cause, connection.stream.error());
  close(connection.client.ref.path, {ConnectionEnd::handshake_failed});
}

}  // namespace turnpike::path
