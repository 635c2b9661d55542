#include "turnpike/path/client_paths.hpp"

#include <sys/socket.h>

#include <utility>

#include "turnpike/base/earlier.hpp"
#include "turnpike/net/bound_socket.hpp"
#include "turnpike/path/path_log.hpp"

namespace turnpike::path {
namespace {

// The poller's token of what belongs to the paths:
//
//   63        62 - 40   39 - 32   31 - 0
//   | kToken | 0       | kind    | index |
//                        0         of the UDP listener                        (kDatagrams)
//                        1         of the TCP or TLS listener                 (kListeners)
//                        2         Standing of the connections in a lane      (kLanes)
//                        3, 4      0                                          (kPipes, kPassages)
//
// Without kToken it is one of the worker's own: the mailbox, and all relay sockets together. A lane, all
// pipes, all passages and all relay sockets are a poller each (net::ReadyRing), where a token is the number
// of a connection, a pipe or a socket.
constexpr std::uint64_t kKindMask = std::uint64_t{0xFF} << 32;
constexpr std::uint64_t kDatagrams = std::uint64_t{0} << 32;
constexpr std::uint64_t kListeners = std::uint64_t{1} << 32;
constexpr std::uint64_t kLanes = std::uint64_t{2} << 32;
constexpr std::uint64_t kPipes = std::uint64_t{3} << 32;
constexpr std::uint64_t kPassages = std::uint64_t{4} << 32;

struct SocketPair {
  net::FileDescriptor ours, theirs;
};

// Without descriptors: none could be made.
SocketPair make_socket_pair() {
  int fds[2] = {-1, -1};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) != 0) return {};
  return {net::FileDescriptor(fds[0]), net::FileDescriptor(fds[1])};
}

}  // namespace

ClientPaths::ClientPaths(const StreamPath::Options& options, Listeners listeners, net::Poller& poller,
                         net::ReceiveBatch& batch, net::SendQueue& sends, ConnectionLimiter& limiter)
    : poller_(poller),
      admission_(limiter, std::move(listeners.balancers)),
      udp_(options.worker, std::move(listeners.udp), batch, sends),
      streams_(options, admission_) {
  for (StreamListener& listener : listeners.streams)
    static_cast<void>(streams_.listen(std::move(listener)));  // and watched by watch(), or that throws
  udp_.watch(poller, kToken | kDatagrams);
  streams_.watch(poller, kToken | kLanes, kToken | kListeners);
  poller.add_or_throw(pipes_.fd(), kToken | kPipes);
  poller.add_or_throw(passages_.fd(), kToken | kPassages);
}

void ClientPaths::serve_http(HttpSink sink) {
  http_ = std::move(sink);
  streams_.pass_on();
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
  passages_.on_deadline(now);
  tell_failed();
  pipes_.on_deadline(now);
  release_gone();
}

std::optional<TimePoint> ClientPaths::next_deadline() const {
  return earlier(earlier(pipes_.next_deadline(), passages_.next_deadline()),
                 earlier(udp_.next_deadline(), streams_.next_deadline()));
}

void ClientPaths::begin_turn(TimePoint now) {
  now_ = now;
  udp_.begin_turn();
  const bool rested = streams_.strangers_rest();
  streams_.begin_turn(now);
  if (rested && !streams_.strangers_rest()) watch_pipes(true);
  pipes_.begin_turn(now);
}

void ClientPaths::rest_strangers(TimePoint until) {
  if (!streams_.strangers_rest()) watch_pipes(false);
  streams_.rest_strangers(until);
}

// Another interest needs no memory.
void ClientPaths::watch_pipes(bool watched) {
  static_cast<void>(poller_.modify(pipes_.fd(), kToken | kPipes, {.readable = watched}));
  static_cast<void>(poller_.modify(passages_.fd(), kToken | kPassages, {.readable = watched}));
}

void ClientPaths::note_ready(std::uint64_t token) {
  const auto index = static_cast<std::uint32_t>(token);
  switch (token & kKindMask) {
    case kDatagrams: return udp_.note_ready(index);
    case kListeners: return streams_.note_listener_ready(index);
    case kPipes: return pipes_.note_ready();
    case kPassages: return passages_.note_ready();
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
  const auto batch = streams_.next_batch(Standing::stranger);
  if (batch.empty()) serve_pipes();
  return batch;
}

void ClientPaths::serve_pipes() {
  while (auto passing = streams_.next_passing()) join(std::move(*passing));
  passages_.serve();
  tell_failed();
  while (auto arrived = passages_.next_arrived()) {
    passed_through_.add(ConnectionEnd::passed_through);
    pipes_.join(std::move(arrived->client), std::move(arrived->server));
  }
  pipes_.serve();
  release_gone();
}

void ClientPaths::release_gone() {
  while (const auto gone = pipes_.next_gone()) admission_.leave_passed(*gone);
}

void ClientPaths::tell_failed() {
  while (const auto failed = passages_.next_failed()) {
    passed_through_.add(ConnectionEnd::no_server);
    log_no_server(failed->server, failed->client, failed->error);
    admission_.leave_passed(failed->client);
  }
}

// Without descriptors the connection closes here.
void ClientPaths::join(Passing passing) {
  if (!admission_.pass()) {
    log_not_admitted(passing.ends, NotAdmitted::out_of_descriptors, {});
    return admission_.leave(passing.ends, true);
  }
  if (passing.server) return passages_.begin(std::move(passing), now_);
  SocketPair pair = make_socket_pair();
  if (!pair.ours) {
    log_not_admitted(passing.ends, NotAdmitted::out_of_descriptors, net::last_error());
    return admission_.leave_passed(passing.ends);
  }
  http_(std::move(pair.theirs), passing.ends);
  pipes_.join(std::move(passing), std::move(pair.ours));
}

void ClientPaths::note_allocation(const relay::Client& client, bool holds_one) {
  if (is_stream(client.tuple.transport)) return streams_.note_allocation(client.ref.path, holds_one);
  udp_.note_allocation(client.tuple, holds_one);
}

PathCounters ClientPaths::counters() const {
  PathCounters counters = streams_.counters();
  counters.requests_dropped += udp_.requests_dropped();
  counters.piped = pipes_.size();
  counters.connections_closed += passed_through_;
  return counters;
}

void ClientPaths::send_response(const relay::Client& client, std::vector<std::uint8_t> bytes) {
  if (is_stream(client.tuple.transport)) return streams_.send_response(client.ref.path, bytes);
  udp_.send_response(client, std::move(bytes));
}

}  // namespace turnpike::path
