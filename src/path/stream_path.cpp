#include "turnpike/path/stream_path.hpp"

#include <algorithm>

#include "turnpike/stun/classify.hpp"
#include "turnpike/stun/framing.hpp"

namespace turnpike::path {
namespace {

constexpr Duration kHandshakeLimit = std::chrono::seconds(10);     // TLS-15
constexpr Duration kFirstMessageLimit = std::chrono::seconds(30);  // TCPC-05
constexpr Duration kIdleLimit = std::chrono::seconds(60);          // without an allocation
constexpr std::size_t kFrameMaxBeforeAllocation = 4096;  // a request with every attribute at its largest
constexpr int kAcceptsPerTurn = 64;

}  // namespace

// Passes frames on with the connection they came from.
class StreamPath::Frames final : public net::FrameHandler {
 public:
  Frames(StreamPath& port, Connection& connection, TimePoint now)
      : port_(port), connection_(connection), now_(now) {}
  bool on_frame(Bytes frame) override { return port_.on_frame(connection_, frame, now_); }
  void after_chunk() override { port_.host_.on_frames_end(); }

 private:
  StreamPath& port_;
  Connection& connection_;
  TimePoint now_;
};

void StreamPath::listen(net::Listener listener, Transport transport) {
  listeners_.push_back({std::move(listener), transport});
  poller_.add(listeners_.back().socket.fd(), kListenerToken | (listeners_.size() - 1));
}

StreamPath::Connection* StreamPath::find(StreamId id) {
  const auto found = connections_.find(id);
  return found == connections_.end() ? nullptr : found->second.get();
}

void StreamPath::on_listener_ready(std::size_t listener, TimePoint now) {
  const Transport transport = listeners_[listener].transport;
  for (int i = 0; i < kAcceptsPerTurn; ++i) {
    auto accepted = listeners_[listener].socket.accept();
    if (!accepted) return;
    const StreamId id = next_id_++;
    const int fd = accepted->fd.get();
    if (!from_balancer(accepted->client.address)) {
      if (!admit(id, std::move(*accepted), transport, now, now)) continue;
    } else {
      newcomers_.emplace(id, Newcomer{std::move(*accepted), transport, now, {}});
      deadlines_.set(id, now + kHandshakeLimit);
    }
    if (poller_.add(fd, kStreamToken | id)) close(id);
  }
}

bool StreamPath::from_balancer(const IpAddress& address) const {
  return std::ranges::any_of(options_.balancers,
                             [&](const IpPrefix& balancer) { return balancer.contains(address); });
}

// A connection that is refused closes with `accepted`.
bool StreamPath::admit(StreamId id, net::Accepted accepted, Transport transport, TimePoint accepted_at,
                       TimePoint now) {
  const auto tls = transport == Transport::tls ? tls_ : nullptr;
  if (transport == Transport::tls && !tls) return false;
  const FiveTuple tuple{accepted.client, accepted.server, transport, {}};
  if (!limiter_.acquire(tuple.client.address)) return false;
  net::StreamOptions stream_options;
  stream_options.rfc5766_channels = options_.rfc5766_channels;
  auto connection = std::make_unique<Connection>(std::move(accepted), memory_, stream_options, tls);
  connection->client = {tuple, {options_.worker, id}};
  connection->accepted_at = accepted_at;
  connection->heard_at = now;
  connection->stream.set_frame_limit(kFrameMaxBeforeAllocation);
  deadlines_.set(id, limit_of(*connection));
  connections_.emplace(id, std::move(connection));
  return true;
}

// What follows the header, TLS or not, is reported by the poller again.
void StreamPath::on_newcomer_ready(StreamId id, TimePoint now) {
  Newcomer& newcomer = newcomers_.at(id);
  const auto header = newcomer.header.read(newcomer.accepted.fd.get());
  if (!header) return close(id);
  if (!*header) return;
  Newcomer known = std::move(newcomer);
  newcomers_.erase(id);
  if (const auto& ends = (*header)->ends) {
    known.accepted.client = ends->client;
    known.accepted.server = ends->server;
  }
  if (!admit(id, std::move(known.accepted), known.transport, known.accepted_at, now)) deadlines_.remove(id);
}

void StreamPath::on_stream_ready(StreamId id, TimePoint now) {
  if (newcomers_.contains(id)) return on_newcomer_ready(id, now);
  Connection* connection = find(id);
  if (connection == nullptr) return;
  Frames frames(*this, *connection, now);
  if (connection->allocated) note_allocation(*connection);
  reading_ = id;
  const net::StreamState state = connection->stream.read(frames);
  reading_.reset();
  if (state == net::StreamState::closed || connection->doomed) return close(id);
  mark_dirty(id, *connection);
}

// FRM-09: "GET " is a channel number with a length of 21 KB; without an allocation ChannelData means nothing
// but trouble.
bool StreamPath::on_frame(Connection& connection, Bytes frame, TimePoint now) {
  connection.spoke = true;
  connection.heard_at = now;
  const bool is_stun = stun::classify(frame[0]) == stun::PacketKind::stun;
  if (!connection.allocated && !is_stun) return false;
  host_.on_frame(frame, connection.client);
  if (is_stun) note_allocation(connection);
  return !connection.doomed;
}

// Messages begin and end allocations, and time ends them; ChannelData, of which there is most, does neither.
void StreamPath::note_allocation(Connection& connection) {
  const bool allocated = host_.has_allocation(connection.client.tuple);
  if (allocated == connection.allocated) return;
  connection.allocated = allocated;
  connection.stream.set_frame_limit(allocated ? stun::kFrameMax : kFrameMaxBeforeAllocation);
}

TimePoint StreamPath::limit_of(const Connection& connection) const {
  if (!connection.stream.handshake_done()) return connection.accepted_at + kHandshakeLimit;
  if (!connection.spoke) return connection.accepted_at + kFirstMessageLimit;
  return connection.heard_at + kIdleLimit;
}

void StreamPath::on_deadline(TimePoint now) {
  while (const auto id = deadlines_.pop_due(now)) {
    newcomers_.erase(*id);
    const Connection* connection = find(*id);
    if (connection == nullptr) continue;
    if (host_.has_allocation(connection->client.tuple)) {
      deadlines_.set(*id, now + kIdleLimit);
    } else if (const TimePoint limit = limit_of(*connection); limit > now) {
      deadlines_.set(*id, limit);
    } else {
      close(*id);
    }
  }
}

void StreamPath::mark_dirty(StreamId id, Connection& connection) {
  if (connection.dirty) return;
  connection.dirty = true;
  dirty_.push_back(id);
}

void StreamPath::send_data(StreamId id, const Parts& frame) {
  Connection* connection = find(id);
  if (connection != nullptr && connection->stream.queue_data(frame)) mark_dirty(id, *connection);
}

void StreamPath::send_control(StreamId id, Bytes message) {
  Connection* connection = find(id);
  if (connection == nullptr) return;
  if (!connection->stream.queue_control(message)) return close(id);
  mark_dirty(id, *connection);
}

void StreamPath::close(StreamId id) {
  if (newcomers_.erase(id) != 0) return deadlines_.remove(id);
  const auto found = connections_.find(id);
  if (found == connections_.end()) return;
  if (reading_ == id) {
    found->second->doomed = true;
    return;
  }
  const auto connection = std::move(found->second);
  connections_.erase(found);
  deadlines_.remove(id);
  limiter_.release(connection->client.tuple.client.address);
  host_.on_stream_closed(connection->client);
}

void StreamPath::flush() {
  for (std::size_t i = 0; i < dirty_.size(); ++i) flush_one(dirty_[i]);
  dirty_.clear();
}

void StreamPath::flush_one(StreamId id) {
  Connection* connection = find(id);
  if (connection == nullptr) return;
  connection->dirty = false;
  if (connection->stream.flush() == net::StreamState::closed) return close(id);
  const net::Interest wanted = connection->stream.interest();
  if (wanted == connection->watched) return;
  connection->watched = wanted;
  poller_.modify(connection->stream.fd(), kStreamToken | id, wanted);
}

}  // namespace turnpike::path
