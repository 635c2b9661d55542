// How a connection becomes one of StreamPath's: accepted, named by its balancer, admitted, through its
// handshake.
#include <utility>

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
    if (!accepted) return;
    adopt(std::move(*accepted), listeners_[listener].transport);
  }
}

void StreamPath::adopt(net::Accepted accepted, Transport transport) {
  const StreamId id = next_id_++;
  Arrival arrival{std::move(accepted), transport, now_};
  if (!admission_.is_balancer(arrival.accepted.client.address)) return establish(id, std::move(arrival));
  if (lane(Standing::arriving).ring().poller().add(arrival.accepted.fd.get(), id))
    return counters_.connections_not_admitted.add(NotAdmitted::not_watched);
  newcomers_.add(id, std::move(arrival));
  deadlines_.set(id, now_ + kArrivalLimit);
}

void StreamPath::read_header(StreamId id) {
  auto arrival = newcomers_.read(id);
  if (!arrival) {
    counters_.headers_refused.add(arrival.error());
    return close(id);
  }
  if (!*arrival) return;
  deadlines_.remove(id);
  if (lane(Standing::arriving).ring().poller().remove((*arrival)->accepted.fd.get()))
    return counters_.connections_not_admitted.add(NotAdmitted::not_watched);
  establish(id, std::move(**arrival));
}

// A connection that is refused closes with `arrival`.
void StreamPath::establish(StreamId id, Arrival arrival) {
  const IpAddress address = arrival.accepted.client.address;
  auto tls = admission_.enter(address, arrival.transport);
  if (!tls) return counters_.connections_not_admitted.add(tls.error());
  const FiveTuple tuple{arrival.accepted.client, arrival.accepted.server, arrival.transport, {}};
  const net::StreamOptions stream_options{.rfc5766_channels = options_.rfc5766_channels};
  auto connection =
      std::make_unique<Connection>(std::move(arrival.accepted), memory_, stream_options, std::move(*tls));
  connection->client = {tuple, {options_.worker, id}};
  connection->accepted_at = arrival.accepted_at;
  connection->heard_at = now_;
  connection->standing = arrival.transport == Transport::tls ? Standing::arriving : Standing::stranger;
  connection->stream.set_frame_limit(kFrameMaxOfStranger);
  if (lane(connection->standing).ring().poller().add(connection->stream.fd(), id)) {
    counters_.connections_not_admitted.add(NotAdmitted::not_watched);
    return admission_.leave(address);
  }
  ++counters_.connections_admitted;
  set_deadline(*connection);
  connections_.emplace(id, std::move(connection));
}

// What comes right behind the handshake waits with the strangers.
void StreamPath::read_handshake(StreamId id, Connection& connection) {
  const auto received = connection.stream.receive(kArrivalsPerTurn.bytes_of_one_read);
  connection.stream.release();
  connection.ended = received.state == net::StreamState::closed;
  if (connection.ended && !connection.stream.handshake_done()) {
    counters_.handshakes_failed.add(connection.stream.handshake_failure());
    return close(id);
  }
  mark_dirty(connection);
  if (!connection.stream.handshake_done()) return;
  ++counters_.handshakes_done;
  if (connection.ended && !connection.stream.holds_bytes()) return close(id);
  if (!move(connection, Standing::stranger)) return close(id);
  set_deadline(connection);
  if (!connection.stream.has_unseen()) return;
  connection.waits = true;
  lane(Standing::stranger).wait(id);
}

}  // namespace turnpike::path
