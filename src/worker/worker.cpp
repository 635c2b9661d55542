#include "turnpike/worker/worker.hpp"

#include <algorithm>
#include <utility>

#include "turnpike/net/clock.hpp"
#include "turnpike/net/icmp_errors.hpp"
#include "turnpike/worker/worker_log.hpp"

namespace turnpike::worker {
namespace {

// The kind of a token is in its upper 8 bits; StreamPath has two of its own.
constexpr std::uint64_t kKindMask = std::uint64_t{0xFF} << 56;
constexpr std::uint64_t kMailboxToken = std::uint64_t{0} << 56;
constexpr std::uint64_t kUdpListenerToken = std::uint64_t{1} << 56;
constexpr std::uint64_t kRelaysToken = std::uint64_t{4} << 56;
constexpr std::uint64_t kNetworkToken = std::uint64_t{5} << 56;

constexpr Duration kWaitMax = std::chrono::seconds(60);
// What one turn of the loop does at most, so that nobody waits long for others: of each event that is ready,
// a bounded part. What is left stays ready, behind those that wait.
constexpr std::size_t kEventsPerTurn = 64;  // listeners, streams, and all relay sockets as one
constexpr std::size_t kBuffersOfRelayPerTurn = 16;
constexpr int kIcmpErrorsPerTurn = 16;

static_assert(net::SendQueue::kHeaderMax == relay::kHeaderMax);

}  // namespace

Worker::Worker(const turn::ServerOptions& options, turn::Authenticator authenticator, turn::Policies policies,
               const Shared& shared, path::Listeners listeners, std::shared_ptr<const net::TlsContext> tls)
    : poller_(kEventsPerTurn),
      listeners_(std::move(listeners.udp)),
      relays_(listeners.gro),
      forwarder_({options.rfc5766_channels, options.external}, routes_, policy_, shared.meters, random_),
      server_(options, std::move(authenticator), policies, shared.ledger, random_),
      streams_({options.worker, options.rfc5766_channels, std::move(listeners.balancers)}, poller_,
               shared.connections, *this),
      now_(net::read_clock()),
      index_(options.worker),
      usage_(
          options.worker, [this] { return server_.allocation_ids(); },
          [this](relay::AllocationId id) { return usage_of(id); }) {
  policy_.policy = std::move(policies.peers);
  poller_.add(mailbox_.fd(), kMailboxToken);
  poller_.add(relays_.fd(), kRelaysToken);
  for (std::size_t i = 0; i < listeners_.size(); ++i) poller_.add(listeners_[i].fd(), kUdpListenerToken | i);
  streams_.set_tls(std::move(tls));
  for (path::StreamListener& listener : listeners.streams)
    streams_.listen(std::move(listener.socket), listener.transport);
}

void Worker::use_kernel(std::unique_ptr<kernel::FlowTable> flows, KernelRelay::Doubt doubt) {
  kernel_ = std::make_unique<KernelRelay>(std::move(flows), std::move(doubt));
  poller_.add(kernel_->fd(), kNetworkToken);
}

void Worker::report_to(UsageDesk::Sink usage, std::function<void(const std::string& user_id)> started) {
  usage_.report_to(std::move(usage));
  report_started_ = std::move(started);
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

void Worker::revoke(std::shared_ptr<const std::vector<std::string>> user_ids, std::function<void()> done) {
  mailbox_.post([this, user_ids = std::move(user_ids), done = std::move(done)] {
    for (const std::string& user_id : *user_ids) server_.revoke(user_id, now_);
    perform_effects();
    usage_.report_ended();
    done();
  });
}

void Worker::end_abandoned(const std::string& user_id, std::function<void()> done) {
  mailbox_.post([this, user_id, done = std::move(done)] {
    end_abandoned(user_id);
    perform_effects();
    done();
  });
}

void Worker::end_abandoned(const std::string& user_id) {
  server_.end_abandoned(
      user_id, [this](relay::AllocationId id) { return traffic_of(id).heard; }, now_);
}

void Worker::read_usage(std::function<void()> done) {
  mailbox_.post([this, done = std::move(done)] { usage_.read(done); });
}

void Worker::serve_in_kernel(std::set<std::uint32_t> interfaces) {
  mailbox_.post([this, interfaces = std::move(interfaces)] { kernel_->serve(interfaces); });
}

void Worker::run() {
  while (!stopping_) run_once();
  server_.end_all(turn::EndReason::shutdown, now_);
  perform_effects();
}

void Worker::run_once() {
  const auto ready = poller_.wait(time_to_wait());
  now_ = net::read_clock();
  for (const net::Ready& event : ready) on_ready(event);
  serve_deadlines();
  if (kernel_) kernel_->revise(now_.monotonic);
  usage_.read_some();
  send_queued();
  streams_.flush();
  if (on_empty_ && server_.allocation_count() == 0) std::exchange(on_empty_, nullptr)();
}

void Worker::on_ready(const net::Ready& ready) {
  const auto value = static_cast<std::uint32_t>(ready.token);
  switch (ready.token & kKindMask) {
    case kMailboxToken: return mailbox_.run();
    case kUdpListenerToken: return receive_from_clients(value);
    case path::StreamPath::kListenerToken: return streams_.on_listener_ready(value, now_.monotonic);
    case path::StreamPath::kStreamToken: return streams_.on_stream_ready(value, now_.monotonic);
    case kRelaysToken: return receive_from_peers();
    case kNetworkToken: return kernel_->on_ready();
  }
}

// Sends what is queued, after which nothing points into the batch or the responses any more.
void Worker::send_queued() {
  sends_.flush();
  batch_.reset();
  responses_.clear();
}

void Worker::receive_from_clients(std::size_t listener) {
  const net::UdpSocket& socket = listeners_[listener];
  const relay::ClientRef ref{index_, static_cast<std::uint32_t>(listener)};
  for (const net::Datagram& datagram : batch_.receive(socket)) {
    const IpAddress& server = socket.wildcard() ? datagram.to : socket.local().address;
    const FiveTuple tuple{datagram.from, {server, socket.local().port}, Transport::udp, {}};
    on_packet(datagram.payload, {tuple, ref}, datagram.tos);
  }
  send_queued();
}

// All relays together fill the batch once a turn.
void Worker::receive_from_peers() {
  relays_.poll();
  while (!batch_.full()) {
    const auto ready = relays_.next_ready();
    if (!ready) break;
    const net::UdpSocket* relay = relays_.at(ready->number);
    if (relay == nullptr) continue;
    receive_from_peers(*relay);
    if (ready->error) receive_icmp(*relay);  // last: what it does for a client may close the relay
  }
  send_queued();
}

void Worker::receive_from_peers(const net::UdpSocket& relay) {
  for (const net::Datagram& datagram : batch_.receive(relay, kBuffersOfRelayPerTurn)) {
    act(forwarder_.from_peer(datagram.payload, relay.local(), datagram.from, sends_.header_space(),
                             now_.monotonic),
        datagram.tos);
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

void Worker::on_packet(Bytes packet, const relay::Client& client, std::uint8_t tos) {
  const relay::Verdict verdict = forwarder_.from_client(packet, client.tuple, now_.monotonic);
  if (verdict.kind != relay::Verdict::Kind::punt) return act(verdict, tos);
  server_.on_client(packet, client, now_);
  perform_effects();
}

// DSCP and ECN are copied where both sides are datagrams (IPF-01, IPF-02).
void Worker::act(const relay::Verdict& verdict, std::uint8_t tos) {
  if (verdict.along == nullptr) return;
  const relay::Route& route = verdict.along->route;
  const bool from_client = verdict.kind == relay::Verdict::Kind::to_peer;
  if (kernel_) kernel_->note_passed(route, from_client);
  if (!from_client) {
    if (is_stream(route.client.transport)) return streams_.send_data(route.ref.path, verdict.parts);
    return send_datagram(route.client, route.ref.path, verdict.parts, tos);
  }
  const net::UdpSocket* relay = relays_.at(verdict.along->relay_socket);
  if (relay == nullptr) return;
  sends_.push(*relay, verdict.parts, verdict.peer,
              {.from = {}, .tos = tos, .dont_fragment = verdict.dont_fragment});
}

void Worker::send_datagram(const FiveTuple& client, std::uint32_t listener, const Parts& parts,
                           std::uint8_t tos) {
  const net::UdpSocket& socket = listeners_[listener];
  // The address that the client knows (FRM-12).
  sends_.push(socket, parts, client.client,
              {.from = socket.wildcard() ? client.server.address : IpAddress{}, .tos = tos});
}

void Worker::on_stream_closed(const relay::Client& client) {
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
  send_datagram(effect.to.tuple, effect.to.ref.path, {{}, responses_.back(), {}}, 0);
}

void Worker::perform(const turn::OpenRelay& effect) {
  server_.on_relay_opened(effect.allocation, effect.relay, relays_.open(effect.relay), now_);
}

void Worker::perform(const turn::EndAbandoned& effect) {
  if (!ask_all_) {
    end_abandoned(effect.user_id);
    return server_.on_abandoned_ended(effect.allocation, now_);
  }
  ask_all_(effect.user_id, [this, id = effect.allocation] {
    mailbox_.post([this, id] {
      server_.on_abandoned_ended(id, now_);
      perform_effects();
    });
  });
}

void Worker::perform(const turn::CloseRelay& effect) {
  sends_.flush();  // the last datagrams still need the socket
  relays_.close(effect.relay);
}

// The success response follows: by then the route relays.
void Worker::perform(const turn::PublishRoute& effect) {
  routes_.publish(effect.route, relays_.number_of(effect.route.relay));
  if (kernel_) kernel_->publish(effect.route, now_.monotonic);
}

void Worker::perform(const turn::RetractRoute& effect) {
  routes_.retract(effect.route);
  if (kernel_) kernel_->retract(effect.route, now_.monotonic);
}

void Worker::perform(const turn::AllocationStarted& effect) {
  if (report_started_) report_started_(effect.user_id);
  log_started(effect);
}

void Worker::perform(const turn::AllocationEnded& effect) {
  relay::Traffic traffic = routes_.take_traffic(effect.allocation);
  if (kernel_) traffic += kernel_->take_traffic(effect.allocation);
  log_ended(effect, traffic);
  const TimePoint since = now_.monotonic - std::chrono::seconds(effect.duration_s);
  usage_.add_ended({effect.allocation, effect.user_id, since, effect.client.tuple.transport, traffic});
}

void Worker::perform(const turn::RequestRefused& effect) { log_refused(effect); }

std::optional<relay::AllocationUsage> Worker::usage_of(relay::AllocationId id) const {
  const turn::Allocation* allocation = server_.allocation(id);
  if (allocation == nullptr) return std::nullopt;
  return relay::AllocationUsage{id, allocation->identity.user_id, allocation->started,
                                allocation->client.tuple.transport, traffic_of(id)};
}

relay::Traffic Worker::traffic_of(relay::AllocationId id) const {
  relay::Traffic traffic = routes_.traffic(id);
  if (kernel_) traffic += kernel_->traffic(id);
  return traffic;
}

void Worker::serve_deadlines() {
  server_.on_deadline(now_);
  perform_effects();
  streams_.on_deadline(now_.monotonic);
}

Duration Worker::time_to_wait() const {
  if (usage_.is_reading() || (kernel_ && kernel_->has_more_to_revise())) return Duration::zero();
  TimePoint next = now_.monotonic + kWaitMax;
  if (const auto deadline = server_.next_deadline()) next = std::min(next, *deadline);
  if (const auto deadline = streams_.next_deadline()) next = std::min(next, *deadline);
  return std::max(next - now_.monotonic, Duration::zero());
}

}  // namespace turnpike::worker
