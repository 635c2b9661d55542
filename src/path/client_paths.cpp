#include "turnpike/path/client_paths.hpp"

#include <utility>

#include "turnpike/base/earlier.hpp"
#include "turnpike/path/path_log.hpp"

namespace turnpike::path {
namespace {

// The kind of a token, below kToken; what it is of its kind stands in the lower 32 bits.
constexpr std::uint64_t kKindMask = std::uint64_t{0xFF} << 32;
constexpr std::uint64_t kDatagrams = std::uint64_t{0} << 32;
constexpr std::uint64_t kListeners = std::uint64_t{1} << 32;
constexpr std::uint64_t kLanes = std::uint64_t{2} << 32;

}  // namespace

ClientPaths::ClientPaths(const StreamPath::Options& options, Listeners listeners, net::Poller& poller,
                         net::ReceiveBatch& batch, net::SendQueue& sends, ConnectionLimiter& limiter)
    : admission_(limiter, std::move(listeners.balancers)),
      udp_(options.worker, std::move(listeners.udp), batch, sends),
      streams_(options, admission_) {
  for (StreamListener& listener : listeners.streams)
    static_cast<void>(streams_.listen(std::move(listener)));  // and watched by watch(), or that throws
  udp_.watch(poller, kToken | kDatagrams);
  streams_.watch(poller, kToken | kLanes, kToken | kListeners);
}

void ClientPaths::change(ListenerChange change) {
  for (const ListenerName& each : change.closed) {
    if (is_stream(each.transport)) {
      streams_.close(each.local);
    } else if (auto socket = udp_.close(each.local); socket && change.closed_together) {
      change.closed_together->take(std::move(*socket));
    }
  }
  for (const ListenerName& each : change.turned) streams_.turn(each.local, each.transport);
  admission_.set_balancers(std::move(change.opened.balancers));
  for (net::UdpSocket& socket : change.opened.udp) {
    const ListenerName name{Transport::udp, socket.local()};
    log_not_watched(name, udp_.listen(std::move(socket)));
  }
  for (StreamListener& listener : change.opened.streams) {
    const ListenerName name{listener.transport, listener.socket.local()};
    log_not_watched(name, streams_.listen(std::move(listener)));
  }
}

void ClientPaths::on_deadline(TimePoint now) {
  udp_.on_deadline(now);
  streams_.on_deadline(now);
}

std::optional<TimePoint> ClientPaths::next_deadline() const {
  return earlier(udp_.next_deadline(), streams_.next_deadline());
}

void ClientPaths::begin_turn(TimePoint now) {
  udp_.begin_turn();
  streams_.begin_turn(now);
}

void ClientPaths::note_ready(std::uint64_t token) {
  const auto index = static_cast<std::uint32_t>(token);
  switch (token & kKindMask) {
    case kDatagrams: return udp_.note_ready(index);
    case kListeners: return streams_.note_listener_ready(index);
    default: return streams_.note_ready(static_cast<Standing>(index));
  }
}

std::span<const Inbound> ClientPaths::next_batch(Step step) {
  switch (step) {
    case Step::datagrams: return udp_.next_batch();
    case Step::clients: return streams_.next_batch(Standing::client);
    case Step::strangers: break;
  }
  if (udp_.has_strangers()) return udp_.take_strangers();
  streams_.receive_arrivals();  // it has nothing more to do when it is asked again this turn
  return streams_.next_batch(Standing::stranger);
}

void ClientPaths::note_allocation(const relay::Client& client, bool holds_one) {
  if (is_stream(client.tuple.transport)) return streams_.note_allocation(client.ref.path, holds_one);
  udp_.note_allocation(client.tuple, holds_one);
}

PathCounters ClientPaths::counters() const {
  PathCounters counters = streams_.counters();
  counters.requests_dropped += udp_.requests_dropped();
  return counters;
}

void ClientPaths::send_response(const relay::Client& client, std::vector<std::uint8_t> bytes) {
  if (is_stream(client.tuple.transport)) return streams_.send_response(client.ref.path, bytes);
  udp_.send_response(client, std::move(bytes));
}

}  // namespace turnpike::path
