// One shard of the server in one thread: its sockets, its TURN rules, its routes, and the loop that joins
// them.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "turnpike/base/endpoint.hpp"
#include "turnpike/base/time_share.hpp"
#include "turnpike/crypto/openssl_random.hpp"
#include "turnpike/net/mailbox.hpp"
#include "turnpike/net/poller.hpp"
#include "turnpike/net/receive_batch.hpp"
#include "turnpike/net/send_queue.hpp"
#include "turnpike/path/client_paths.hpp"
#include "turnpike/relay/forwarder.hpp"
#include "turnpike/relay/meter.hpp"
#include "turnpike/relay/route_table.hpp"
#include "turnpike/turn/server.hpp"
#include "turnpike/worker/batch_sampling.hpp"
#include "turnpike/worker/counter_desk.hpp"
#include "turnpike/worker/counters.hpp"
#include "turnpike/worker/kernel_flows.hpp"
#include "turnpike/worker/pace.hpp"
#include "turnpike/worker/refusals.hpp"
#include "turnpike/worker/relay_sockets.hpp"
#include "turnpike/worker/revision.hpp"
#include "turnpike/worker/session_desk.hpp"
#include "turnpike/worker/usage_desk.hpp"

namespace turnpike::worker {

// How each worker serves connections over TCP and TLS; the fields are those of StreamPath::Options.
struct StreamSettings {
  std::size_t arrivals_max = 0;
  bool http_over_tcp = false;
};

// References to the state that all workers of the process share. Each object is thread-safe and outlives the
// workers.
struct Shared {
  turn::Ledger& ledger;
  relay::Meters& meters;
  path::ConnectionLimiter& connections;
  ReservedSockets& reserved;
  StreamSettings streams{};
  // Limits the time a worker spends on strangers (clients without an allocation) to a quarter while the
  // worker relays: a TLS handshake may cost as much as thousands of packets.
  TimeShare time_of_strangers{4, std::chrono::milliseconds(4), std::chrono::milliseconds(100)};
};

// One thread of the server with sockets, TURN rules and routes of its own. The order of one turn of run():
//
//   wait -> mailbox -> relay sockets -> datagrams -> streams of clients with an allocation -> strangers
//     ^                                                                                         |
//     +------- everything queued leaves <- readings and revision, a part a turn <- deadlines <--+
class Worker {
 public:
  // Makes a worker that serves `listeners`; `tls` is null if there is no TLS listener. Before run() every
  // function may be called; after that only stop() and those below it. Throws std::runtime_error, also in the
  // form of a system_error, if the system gives no descriptors.
  Worker(const turn::ServerOptions& options, turn::Authenticator authenticator, turn::Policies policies,
         const Shared& shared, path::Listeners listeners, std::shared_ptr<const net::TlsContext> tls);
  // Asks the network for next hops without blocking. `answer` may be called from any thread, or never.
  using AskNetwork = std::function<void(std::vector<kernel::HopQuestion> questions,
                                        std::function<void(std::vector<kernel::HopAnswer>)> answer)>;
  // What a worker needs to use the kernel engine. `facing` outlives the worker. The functions are called on
  // the worker's thread and must not block.
  struct KernelSide {
    std::unique_ptr<kernel::FlowTable> flows;
    kernel::FacingRoutes& facing;
    kernel::RouteSink::Tell tell;  // calls look_again() of the channel's worker
    KernelFlows::Doubt doubt;
    AskNetwork ask;
  };
  // Lets the kernel relay what it can. Without this call the sockets relay everything.
  void use_kernel(KernelSide kernel);
  // Sets two receivers, both called on the worker's thread: `usage` gets readings and ended allocations;
  // `started` is called when an allocation begins, before it has a route. `started` may be empty.
  void report_to(UsageDesk::Sink usage, std::function<void(const std::string& user_id)> started);
  // Ends the longest silent allocations of a user whose quota is full, on all workers, then calls `done` from
  // any thread. Called on the worker's thread. If it is not set, the worker ends only allocations of its own.
  using AskAll = std::function<void(const turn::EndAbandoned& wanted, std::function<void()> done)>;
  void ask_all_to_end_abandoned(AskAll ask) { ask_all_ = std::move(ask); }
  // Sets the receiver of HTTP connections, as ClientPaths::serve_http(); called on the worker's thread.
  void serve_http(path::ClientPaths::HttpSink sink) { paths_.serve_http(std::move(sink)); }
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // Runs the worker's thread: serves until stop(), then ends every allocation.
  void run();
  // Runs one turn: waits until something is ready or due, then does a bounded part of it, media first.
  void run_once();
  // Returns the name of the step in progress, or of the step that threw. Only for the worker's thread.
  std::string_view step() const { return step_; }
  // Ends run() after the current turn. From any thread, as all functions below: they post to the mailbox and
  // return at once, and each `done` is called on the worker's thread.
  void stop();
  // Sets the TLS servers to which connections are passed by name, as ClientPaths::pass_through(); null: none.
  void pass_through(std::shared_ptr<const path::Passthrough> to);
  // Grants no more allocations and calls `on_empty` once, when the last one has ended. The worker still
  // answers: it sends clients to one of the alternates, or refuses them if there is none.
  void drain(std::function<void()> on_empty);
  // Replaces policies and TLS context, and judges every allocation again, some each turn.
  void reload(turn::Policies policies, std::shared_ptr<const net::TlsContext> tls);
  // Sets the servers to which clients are sent, as turn::Server::set_alternates(); never null.
  void set_alternates(std::shared_ptr<const turn::Alternates> alternates);
  // Closes and opens listeners. Allocations whose clients are no longer reached are ended, some each turn.
  void change_listeners(path::ListenerChange change);
  // Sets the options of requests and connections that come from now on.
  void set_options(const turn::ServerOptions& options, const StreamSettings& streams);
  // Ends and reports every allocation of these users, then calls `done`.
  void revoke(std::shared_ptr<const std::vector<std::string>> user_ids, std::function<void()> done);
  // Calls `done` with those of the user's allocations whose clients are silent.
  void find_silent(const std::string& user_id, std::function<void(std::vector<turn::Silent>)> done);
  // Ends the allocation if its client is still silent, as turn::Server::end_silent(), and calls `done` with
  // whether the allocation was ended.
  void end_silent(const turn::Silent& silent, std::function<void(bool)> done);
  // Reports what the worker's allocations have relayed so far, some each turn, then calls `done`.
  void read_usage(std::function<void()> done);
  // Calls `done` with the worker's counters, after reading those of the kernel, some allocations each turn.
  void read_counters(std::function<void(const Counters&)> done);
  // Calls `done` with a page of the worker's allocations, some of which are looked up each turn.
  void find_sessions(SessionQuery query, SessionDesk::Done done);
  // Ends and reports these allocations, and calls `done` with those that were alive.
  void end(std::vector<relay::AllocationId> ids, turn::EndReason reason,
           std::function<void(std::vector<Session>)> done);
  // Calls `done` with the rate of all the worker's allocations together, by their latest readings.
  void read_pace(std::function<void(std::uint64_t bits_per_second)> done);
  // Calls `done` with the latest refusals that match, the latest first.
  void find_refusals(RefusalQuery query, std::function<void(std::vector<RefusalRecord>)> done);
  // Sets the interfaces, by index, on which the kernel relays. Call it also when the network has changed in
  // another way. Only after use_kernel().
  void serve_in_kernel(std::set<std::uint32_t> interfaces);
  // Re-evaluates the kernel flow of a channel after the channel that faces it has come or gone. Only after
  // use_kernel().
  void look_again(const kernel::ChannelKey& key);

 private:
  // Asks the policy of the day, which a reload replaces.
  struct CurrentPolicy final : relay::PortFilter {
    std::shared_ptr<const turn::PeerPolicy> policy;
    bool allows(const PeerEndpoint& peer, relay::Reach reach) const override {
      return policy->allows(peer, reach);
    }
  };

  struct Ready {
    bool mailbox = false;
    bool relays = false;
  };

  void wait();
  void receive_from_peers();
  void receive_from_peers(const net::UdpSocket& relay);
  void receive_icmp(const net::UdpSocket& relay);
  void receive_from_clients(path::ClientPaths::Step step);
  void begin_batch(Direction direction);
  void send_batch(Direction direction);
  void serve_strangers();
  void on_inbound(const path::Inbound& inbound);
  void act(const relay::Verdict& verdict, std::uint8_t traffic_class);
  void send_queued();
  void end_gone_clients();

  void perform_effects();
  void perform(turn::SendToClient& effect);
  void perform(const turn::OpenRelay& effect);
  void perform(const turn::EndAbandoned& effect);
  void perform(const turn::CloseRelay& effect);
  void perform(const turn::PublishRoute& effect);
  void perform(const turn::RetractRoute& effect);
  void perform(const turn::AllocationStarted& effect);
  void perform(const turn::AllocationEnded& effect);
  void perform(const turn::RequestRefused& effect);

  Counters counters() const;
  void count_by_kernel(relay::AllocationId id);
  relay::Traffic traffic_of(relay::AllocationId id) const;
  std::optional<relay::AllocationUsage> usage_of(relay::AllocationId id);
  std::vector<relay::AllocationId> ids_for(const SessionQuery& query) const;
  std::optional<Session> session_of(relay::AllocationId id);
  std::optional<std::uint64_t> rate_of(relay::AllocationId id);
  Pace pace_of(const turn::Allocation& allocation);
  turn::Server::LastHeard last_heard() const;
  void end_own_silent(const turn::EndAbandoned& wanted);
  void serve_deadlines();
  void revise();
  std::size_t revise(relay::AllocationId id);
  Duration time_to_wait() const;

  turn::Ledger& ledger_;
  crypto::OpenSslRandom random_;
  net::Poller poller_;
  net::Mailbox mailbox_;
  net::ReceiveBatch batch_;
  net::SendQueue sends_;
  Ready ready_;  // in this turn
  RelaySockets relays_;
  CurrentPolicy policy_;
  relay::RouteTable routes_;
  relay::Forwarder forwarder_;
  std::unique_ptr<KernelFlows> kernel_;  // null where the sockets relay everything
  turn::Server server_;
  path::ClientPaths paths_;
  TimeShare time_of_strangers_;
  Now now_;  // read once a turn
  UsageDesk usage_;
  CounterDesk counter_desk_;
  TrafficGrowth by_kernel_;
  SessionDesk sessions_;
  Paces paces_;
  Refusals refusals_;
  Revision revision_;
  Counters counters_;                      // but for what its parts count themselves
  std::array<BatchSampling, 2> sampling_;  // by Direction
  std::optional<TimePoint> asked_at_;      // the Allocate that goes on now after it has waited
  std::function<void(const std::string& user_id)> report_started_;
  AskAll ask_all_;
  std::string_view step_;
  bool stopping_ = false;
  std::function<void()> on_empty_;  // while draining
};

}  // namespace turnpike::worker
