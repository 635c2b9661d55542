#include "turnpike/worker/worker.hpp"

#include <algorithm>
#include <utility>

#include "turnpike/base/earlier.hpp"
#include "turnpike/net/clock.hpp"
#include "turnpike/net/icmp_errors.hpp"

namespace turnpike::worker {
namespace {

// Tokens of the poller, beside those of the paths.
constexpr std::uint64_t kMailboxToken = 0;
constexpr std::uint64_t kRelaysToken = 1;

constexpr Duration kWaitMax = std::chrono::seconds(60);
constexpr std::size_t kEventsMax = 256;  // listeners, and a few that stand for many
constexpr std::size_t kBuffersOfRelayPerTurn = 16;
constexpr int kIcmpErrorsPerTurn = 16;

path::StreamPath::Options options_of_streams(const turn::ServerOptions& options,
                                             const StreamSettings& settings) {
  path::StreamPath::Options streams{options.worker, options.rfc5766_channels, settings.arrivals_max};
  streams.http_over_tcp = settings.http_over_tcp;
  if (options.answers) {
    streams.requests = {options.answers, &options.answers->stream_requests};
    streams.handshakes = {options.answers, &options.answers->handshakes};
  }
  return streams;
}

static_assert(net::SendQueue::kHeaderMax == relay::kHeaderMax);

TimePoint monotonic_now() { return net::read_clock().monotonic; }

}  // namespace

Worker::Worker(const turn::ServerOptions& options, turn::Authenticator authenticator, turn::Policies policies,
               const Shared& shared, path::Listeners listeners, std::shared_ptr<const net::TlsContext> tls)
    : ledger_(shared.ledger),
      poller_(kEventsMax),
      relays_(listeners.gro, shared.reserved),
      forwarder_({options.rfc5766_channels, options.external}, routes_, policy_, shared.meters, random_),
      server_(options, std::move(authenticator), policies, shared.ledger, random_),
      paths_(options_of_streams(options, shared.streams), std::move(listeners), poller_, batch_, sends_,
             shared.connections),
      time_of_strangers_(shared.time_of_strangers),
      now_(net::read_clock()),
      usage_(
          options.worker, [this] { return server_.allocation_ids(); },
          [this](relay::AllocationId id) { return usage_of(id); }),
      counter_desk_(
          [this] { return kernel_ ? server_.allocation_ids() : std::vector<relay::AllocationId>(); },
          [this](relay::AllocationId id) { count_by_kernel(id); }),
      sessions_({[this](const SessionQuery& query) { return ids_for(query); },
                 [this](relay::AllocationId id) { return rate_of(id); },
                 [this](relay::AllocationId id) { return session_of(id); }}) {
  policy_.policy = std::move(policies.peers);
  poller_.add_or_throw(mailbox_.fd(), kMailboxToken);
  poller_.add_or_throw(relays_.fd(), kRelaysToken);
  paths_.set_tls(std::move(tls));
}

void Worker::use_kernel(KernelSide kernel) {
  const auto take = [this](std::vector<kernel::HopAnswer> answers) {
    mailbox_.post([this, answers = std::move(answers)] { kernel_->take(answers, now_.monotonic); });
  };
  auto ask_and_take = [ask = std::move(kernel.ask), take](std::vector<kernel::HopQuestion> questions) {
    ask(std::move(questions), take);
  };
  kernel_ = std::make_unique<KernelFlows>(std::move(kernel.flows), kernel.facing, std::move(kernel.tell),
                                          std::move(kernel.doubt), std::move(ask_and_take));
}

void Worker::report_to(UsageDesk::Sink usage, std::function<void(const std::string& user_id)> started) {
  usage_.report_to(std::move(usage));
  report_started_ = std::move(started);
}

void Worker::stop() {
  mailbox_.post([this] { stopping_ = true; });
}

void Worker::pass_through(std::shared_ptr<const path::Passthrough> to) {
  mailbox_.post([this, to = std::move(to)] { paths_.pass_through(to); });
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
    revision_.begin(server_.allocation_ids());
    paths_.set_tls(tls);
  });
}

void Worker::set_alternates(std::shared_ptr<const turn::Alternates> alternates) {
  mailbox_.post([this, alternates = std::move(alternates)] { server_.set_alternates(alternates); });
}

// A task can be copied; sockets cannot.
void Worker::change_listeners(path::ListenerChange change) {
  mailbox_.post([this, change = std::make_shared<path::ListenerChange>(std::move(change))] {
    const bool reaches_others = !change->closed.empty() || !change->opened.udp.empty();
    paths_.change(std::move(*change));
    if (reaches_others) revision_.begin(server_.allocation_ids());
  });
}

void Worker::set_options(const turn::ServerOptions& options, const StreamSettings& streams) {
  mailbox_.post([this, options, streams] {
    server_.set_options(options);
    forwarder_.set_options({options.rfc5766_channels, options.external});
    paths_.set_options(options_of_streams(options, streams));
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

void Worker::find_silent(const std::string& user_id, std::function<void(std::vector<turn::Silent>)> done) {
  mailbox_.post(
      [this, user_id, done = std::move(done)] { done(server_.silent_of(user_id, last_heard(), now_)); });
}

void Worker::end_silent(const turn::Silent& silent, std::function<void(bool)> done) {
  mailbox_.post([this, silent, done = std::move(done)] {
    const bool ended = server_.end_silent(silent, last_heard(), now_);
    perform_effects();
    done(ended);
  });
}

turn::Server::LastHeard Worker::last_heard() const {
  return [this](relay::AllocationId id) { return traffic_of(id).heard; };
}

void Worker::read_usage(std::function<void()> done) {
  mailbox_.post([this, done = std::move(done)] { usage_.read(done); });
}

void Worker::read_counters(std::function<void(const Counters&)> done) {
  mailbox_.post([this, done = std::move(done)] { counter_desk_.ask([this, done] { done(counters()); }); });
}

void Worker::serve_in_kernel(std::set<std::uint32_t> interfaces) {
  mailbox_.post([this, interfaces = std::move(interfaces)] { kernel_->serve(interfaces); });
}

void Worker::look_again(const kernel::ChannelKey& key) {
  mailbox_.post([this, key] { kernel_->look_again(key, now_.monotonic); });
}

void Worker::run() {
  now_ = net::read_clock();  // what was before is no work
  while (!stopping_) run_once();
  server_.end_all(turn::EndReason::shutdown, now_);
  perform_effects();
}

// One turn, and what bounds each step:
//
//   wait until something is ready or due; not at all if some of the turn before is left
//     |
//   1 mailbox         the tasks that were there when it began
//   2 relay sockets   64 buffers in all, 16 of one socket                                     -> queue sent
//   3 datagrams       64 buffers of each listener that is ready; 128 requests                 -> queue sent
//   4 clients         64 connections that are ready, 64 that wait; 64 requests, 1 MiB         -> queue sent
//   5 strangers       64 datagrams; so many connections, requests and bytes; their time       -> queue sent
//   6 deadlines       all that are due
//   7 revision        256 allocations to read, 1,024 permissions and channels to judge again
//   8 sending         what is still queued, and the output of streams
//     |
//   wait
//
// What was relayed before goes on before anybody is let in. Each step is bounded, so that nobody waits for
// others longer than one turn of them; what is left stays ready, behind those that wait.
void Worker::run_once() {
  using Step = path::ClientPaths::Step;
  step_ = "waiting";
  wait();
  // 1. What other threads ask for or answer.
  step_ = "mailbox";
  if (ready_.mailbox) mailbox_.run();
  // 2. Media from peers.
  step_ = "relay_sockets";
  if (ready_.relays) receive_from_peers();
  // 3. Datagrams: media, and so many requests of clients.
  step_ = "datagrams";
  receive_from_clients(Step::datagrams);
  // 4. Streams of clients that hold an allocation: media, and so many requests.
  step_ = "clients";
  receive_from_clients(Step::clients);
  // 5. Strangers: so many requests, bytes, connections and steps of handshakes, and so much of the time.
  step_ = "strangers";
  if (paths_.has_strangers()) serve_strangers();
  // 6. What is due.
  step_ = "deadlines";
  serve_deadlines();
  // 7. A part of what is to be asked or read.
  step_ = "revision";
  if (kernel_) kernel_->ask(now_.monotonic);
  usage_.read_some();
  counter_desk_.read_some();
  sessions_.read_some();
  if (revision_.is_going_on()) revise();
  // 8. Everything that is queued leaves.
  step_ = "sending";
  send_queued();
  paths_.flush();
  end_gone_clients();
  if (on_empty_ && server_.allocation_count() == 0) std::exchange(on_empty_, nullptr)();
}

void Worker::wait() {
  ready_ = {};
  const Duration patience = time_to_wait();
  const bool may_wait = patience > Duration::zero();
  const TimePoint began = may_wait ? monotonic_now() : TimePoint{};
  const auto events = poller_.wait(patience);
  const TimePoint before = std::exchange(now_, net::read_clock()).monotonic;
  const Duration waited = may_wait ? now_.monotonic - began : Duration::zero();
  counters_.waiting += waited;
  counters_.working += now_.monotonic - before - waited;
  paths_.begin_turn(now_.monotonic);
  for (const net::Ready& event : events) {
    if ((event.token & path::ClientPaths::kToken) != 0) paths_.note_ready(event.token);
    ready_.mailbox |= event.token == kMailboxToken;
    ready_.relays |= event.token == kRelaysToken;
  }
}

void Worker::receive_from_clients(path::ClientPaths::Step step) {
  while (true) {
    begin_batch(Direction::from_client);
    const auto batch = paths_.next_batch(step);
    if (batch.empty()) break;
    for (const path::Inbound& inbound : batch) on_inbound(inbound);
    send_batch(Direction::from_client);
  }
  end_gone_clients();
}

// What is measured is for whole batches: a packet costs nothing more.
void Worker::begin_batch(Direction direction) {
  sampling_[static_cast<std::size_t>(direction)].begin(monotonic_now);
}

void Worker::send_batch(Direction direction) {
  send_queued();
  const auto index = static_cast<std::size_t>(direction);
  sampling_[index].end(counters_.packets_by_sockets(direction), monotonic_now, counters_.queueing[index]);
}

// As long as nobody relays, nobody is delayed.
void Worker::serve_strangers() {
  const TimePoint began = monotonic_now();
  receive_from_clients(path::ClientPaths::Step::strangers);
  const TimePoint ended = monotonic_now();
  time_of_strangers_.spend(began, ended);
  const auto rest = time_of_strangers_.rest(ended);
  if (rest && server_.allocation_count() > 0) paths_.rest_strangers(*rest);
}

void Worker::on_inbound(const path::Inbound& inbound) {
  const auto verdict = forwarder_.from_client(inbound.frame, inbound.client.tuple, now_.monotonic);
  if (verdict.kind != relay::Verdict::Kind::punt) return act(verdict, inbound.traffic_class);
  server_.on_client(inbound.frame, inbound.client, now_);
  perform_effects();
}

// After it nothing points into a batch any more.
void Worker::send_queued() { sends_.flush(); }

void Worker::end_gone_clients() {
  while (const auto client = paths_.next_gone()) {
    server_.on_client_closed(client->tuple, now_);
    perform_effects();
  }
}

// All relays together fill the batch once a turn.
void Worker::receive_from_peers() {
  begin_batch(Direction::to_client);
  batch_.reset();
  relays_.poll();
  while (!batch_.full()) {
    const auto ready = relays_.next_ready();
    if (!ready) break;
    const net::UdpSocket* relay = relays_.at(ready->number);
    if (relay == nullptr) continue;
    receive_from_peers(*relay);
    if (ready->error) receive_icmp(*relay);  // last: what it does for a client may close the relay
  }
  send_batch(Direction::to_client);
}

void Worker::receive_from_peers(const net::UdpSocket& relay) {
  const RelayEndpoint local(relay.local());
  for (const net::Datagram& datagram : batch_.receive(relay, kBuffersOfRelayPerTurn)) {
    const ExternalEndpoint sender(datagram.from);
    act(forwarder_.from_peer(datagram.payload, local, sender, sends_.header_space(), now_.monotonic),
        datagram.tos);
  }
}

void Worker::receive_icmp(const net::UdpSocket& relay) {
  for (int i = 0; i < kIcmpErrorsPerTurn; ++i) {
    const auto error = net::next_icmp_error(relay);
    if (!error) break;
    server_.on_icmp(RelayEndpoint(relay.local()),
                    {PeerEndpoint(error->peer), error->type, error->code, error->mtu}, now_);
  }
  perform_effects();
}

// DSCP and ECN are copied where both sides are datagrams (RFC 8656 14).
void Worker::act(const relay::Verdict& verdict, std::uint8_t traffic_class) {
  if (verdict.along == nullptr) return counters_.drops.add(verdict.reason);
  const relay::Route& route = verdict.along->route;
  const bool from_client = verdict.kind == relay::Verdict::Kind::to_peer;
  if (kernel_) kernel_->note_passed(route, from_client);
  const auto direction = from_client ? Direction::from_client : Direction::to_client;
  counters_.by_sockets(direction, route.client.transport).add(verdict.parts.payload.size());
  if (!from_client) return paths_.send_data(route.client, route.ref, verdict.parts, traffic_class);
  const net::UdpSocket* relay = relays_.at(verdict.along->relay_socket);
  if (relay == nullptr) return;
  sends_.push(*relay, verdict.parts, verdict.peer.plain(),
              {.from = {}, .tos = traffic_class, .dont_fragment = verdict.dont_fragment});
}

void Worker::serve_deadlines() {
  server_.on_deadline(now_);
  perform_effects();
  paths_.on_deadline(now_.monotonic);
  end_gone_clients();
}

void Worker::revise() {
  revision_.go_on([this](relay::AllocationId id) { return revise(id); });
  perform_effects();
}

std::size_t Worker::revise(relay::AllocationId id) {
  const turn::Allocation* const allocation = server_.allocation(id);
  if (allocation == nullptr || paths_.reaches(allocation->client)) return server_.revise(id, now_);
  server_.end(id, turn::EndReason::listener_closed, now_);
  return 1;
}

Duration Worker::time_to_wait() const {
  const bool is_reading = usage_.is_reading() || counter_desk_.is_reading() || sessions_.is_reading();
  if (is_reading || revision_.is_going_on() || paths_.has_waiting()) return Duration::zero();
  const auto of_kernel = kernel_ ? kernel_->next_deadline() : std::nullopt;
  const auto next = earlier(earlier(server_.next_deadline(), paths_.next_deadline()), of_kernel);
  if (!next) return kWaitMax;
  return std::clamp(*next - now_.monotonic, Duration::zero(), kWaitMax);
}

}  // namespace turnpike::worker
