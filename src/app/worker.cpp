#include "turnpike/app/worker.hpp"

#include <algorithm>
#include <utility>

#include "turnpike/app/worker_log.hpp"
#include "turnpike/net/clock.hpp"
#include "turnpike/net/icmp_errors.hpp"

namespace turnpike::app {
namespace {

// The kind of a token is in its upper 8 bits; StreamPort has two of its own.
constexpr std::uint64_t kKindMask = std::uint64_t{0xFF} << 56;
constexpr std::uint64_t kMailboxToken = std::uint64_t{0} << 56;
constexpr std::uint64_t kUdpListenerToken = std::uint64_t{1} << 56;
constexpr std::uint64_t kRelayToken = std::uint64_t{4} << 56;

constexpr Duration kWaitMax = std::chrono::seconds(60);
constexpr int kIcmpErrorsPerTurn = 16;
constexpr std::size_t kRelayDatagramsPerTurn = 32;

static_assert(net::kHeadroom >= relay::kHeadroom && net::kTailroom >= relay::kTailroom);

}  // namespace

Worker::Worker(const turn::ServerOptions& options, turn::Authenticator authenticator, turn::Policies policies, const Shared& shared,
               Listeners listeners, std::shared_ptr<const net::TlsContext> tls)
    : listeners_(std::move(listeners.udp)),
      forwarder_({options.rfc5766_channels, options.external}, routes_, policy_, shared.meters, random_),
      server_(options, std::move(authenticator), policies, shared.ledger, random_),
      streams_({options.worker, options.rfc5766_channels}, poller_, shared.connections, *this),
      index_(options.worker) {
  policy_.policy = std::move(policies.peers);
  poller_.add(mailbox_.fd(), kMailboxToken);
  for (std::size_t i = 0; i < listeners_.size(); ++i) poller_.add(listeners_[i].fd(), kUdpListenerToken | i);
  streams_.set_tls(std::move(tls));
  for (StreamListener& listener : listeners.streams) streams_.listen(std::move(listener.socket), listener.transport);
}

void Worker::stop() {
  mailbox_.post([this] { stopping_ = true; });
}

void Worker::drain(std::function<void()> on_empty) {
  mailbox_.post([this, on_empty = std::move(on_empty)] {
    on_empty_ = on_empty;
    server_.drain();
  });
}

void Worker::reload(turn::Policies policies, std::shared_ptr<const net::TlsContext> tls) {
  mailbox_.post([this, policies = std::move(policies), tls = std::move(tls)] {
    policy_.policy = policies.peers;
    server_.reload(policies);
    streams_.set_tls(tls);
  });
}

void Worker::run() {
  now_ = net::read_clock();
  while (!stopping_) {
    const auto ready = poller_.wait(time_to_wait());
    now_ = net::read_clock();
    for (const net::Ready& event : ready) on_ready(event);
    serve_deadlines();
    make_room();
    streams_.flush();
    if (on_empty_ && server_.allocation_count() == 0) std::exchange(on_empty_, nullptr)();
  }
  server_.end_all(turn::EndReason::shutdown, now_);
  perform_effects();
}

void Worker::on_ready(const net::Ready& ready) {
  const auto value = static_cast<std::uint32_t>(ready.token);
  switch (ready.token & kKindMask) {
    case kMailboxToken: return mailbox_.run();
    case kUdpListenerToken: return receive_from_clients(value);
    case StreamPort::kListenerToken: return streams_.on_listener_ready(value, now_.monotonic);
    case StreamPort::kStreamToken: return streams_.on_stream_ready(value, now_.monotonic);
    case kRelayToken: return receive_from_peers(value, ready.error);
  }
}

// Sends what is queued, after which nothing points into the batch or the responses any more.
void Worker::make_room() {
  sends_.flush();
  batch_.reset();
  responses_.clear();
}

void Worker::receive_from_clients(std::size_t listener) {
  if (batch_.full()) make_room();
  const net::UdpSocket& socket = listeners_[listener];
  const turn::ClientRef ref{index_, static_cast<std::uint32_t>(listener)};
  for (const net::Datagram& datagram : batch_.receive(socket)) {
    const IpAddress& server = socket.wildcard() ? datagram.to : socket.local().address;
    const FiveTuple tuple{datagram.from, {server, socket.local().port}, Transport::udp, {}};
    on_packet(datagram.payload, {tuple, ref}, datagram.tos);
  }
}

void Worker::receive_from_peers(std::uint32_t slot, bool error) {
  const net::UdpSocket* socket = relays_.at(slot);
  if (socket == nullptr) return;
  if (error) receive_icmp(*socket);
  if (batch_.full()) make_room();
  for (const net::Datagram& datagram : batch_.receive(*socket, kRelayDatagramsPerTurn)) {
    act(forwarder_.from_peer(datagram.payload, socket->local(), datagram.from, now_.monotonic), datagram.tos);
  }
}

void Worker::receive_icmp(const net::UdpSocket& relay) {
  for (int i = 0; i < kIcmpErrorsPerTurn; ++i) {
    const auto error = net::next_icmp_error(relay);
    if (!error) break;
    server_.on_icmp(relay.local(), {error->peer, error->type, error->code, error->mtu}, now_);
  }
  perform_effects();
}

void Worker::on_packet(Bytes packet, const turn::Client& client, std::uint8_t tos) {
  const relay::Verdict verdict = forwarder_.from_client(packet, client.tuple, now_.monotonic);
  if (verdict.kind != relay::Verdict::Kind::punt) return act(verdict, tos);
  server_.on_client(packet, client, now_);
  perform_effects();
}

// DSCP and ECN are copied where both sides are datagrams (IPF-01, IPF-02).
void Worker::act(const relay::Verdict& verdict, std::uint8_t tos) {
  if (verdict.kind == relay::Verdict::Kind::to_client) return send_to_client(verdict.client, verdict.bytes, tos);
  if (verdict.kind != relay::Verdict::Kind::to_peer) return;
  const net::UdpSocket* socket = relays_.find(verdict.relay);
  if (socket == nullptr) return;
  net::SendOptions options;
  options.tos = tos;
  options.dont_fragment = verdict.dont_fragment;
  sends_.push(*socket, verdict.bytes, verdict.peer, options);
}

void Worker::send_to_client(const turn::Client& client, Bytes bytes, std::uint8_t tos) {
  if (is_stream(client.tuple.transport)) return streams_.send_data(client.ref.path, bytes);
  const net::UdpSocket& socket = listeners_[client.ref.path];
  net::SendOptions options;
  options.tos = tos;
  if (socket.wildcard()) options.from = client.tuple.server.address;  // FRM-12
  sends_.push(socket, bytes, client.tuple.client, options);
}

void Worker::on_stream_closed(const turn::Client& client) {
  server_.on_client_closed(client.tuple, now_);
  perform_effects();
}

void Worker::perform_effects() {
  while (auto effect = server_.next_effect()) {
    std::visit([this](auto& each) { perform(each); }, *effect);
  }
}

void Worker::perform(turn::SendToClient& effect) {
  if (is_stream(effect.to.tuple.transport)) return streams_.send_control(effect.to.ref.path, effect.bytes);
  responses_.push_back(std::move(effect.bytes));
  send_to_client(effect.to, responses_.back(), 0);
}

void Worker::perform(const turn::OpenRelay& effect) {
  const auto opened = relays_.open(effect.relay);
  auto outcome = opened.outcome;
  if (outcome == turn::OpenOutcome::opened && poller_.add(relays_.at(opened.slot)->fd(), kRelayToken | opened.slot)) {
    relays_.close(effect.relay);
    outcome = turn::OpenOutcome::failed;
  }
  server_.on_relay_opened(effect.allocation, effect.relay, outcome, now_);
}

void Worker::perform(const turn::CloseRelay& effect) {
  sends_.flush();  // the last datagrams still need the socket
  relays_.close(effect.relay);
}

void Worker::perform(const turn::AllocationStarted& effect) { log_started(effect); }

void Worker::perform(const turn::AllocationEnded& effect) { log_ended(effect, routes_.take_traffic(effect.allocation)); }

void Worker::perform(const turn::RequestRefused& effect) { log_refused(effect); }

void Worker::serve_deadlines() {
  server_.on_deadline(now_);
  perform_effects();
  streams_.on_deadline(now_.monotonic);
}

Duration Worker::time_to_wait() const {
  TimePoint next = now_.monotonic + kWaitMax;
  if (const auto deadline = server_.next_deadline()) next = std::min(next, *deadline);
  if (const auto deadline = streams_.next_deadline()) next = std::min(next, *deadline);
  return std::max(next - now_.monotonic, Duration::zero());
}

}  // namespace turnpike::app
