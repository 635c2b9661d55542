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

// How each worker serves connections: StreamPath::Options.
struct StreamSettings {
  std::size_t arrivals_max = 0;
  bool http_over_tcp = false;
};

// What all workers touch; thread-safe by itself, outlives them.
struct Shared {
  turn::Ledger& ledger;
  relay::Meters& meters;
  path::ConnectionLimiter& connections;
  ReservedSockets& reserved;
  StreamSettings streams{};
  // A handshake may cost as much as thousands of packets: of the time of a worker that relays, strangers have
  // a quarter.
  TimeShare time_of_strangers{4, std::chrono::milliseconds(4), std::chrono::milliseconds(100)};
};

class Worker {
 public:
  // Everything can be called before run(); after that only what says "from any thread".
  Worker(const turn::ServerOptions& options, turn::Authenticator authenticator, turn::Policies policies,
         const Shared& shared, path::Listeners listeners, std::shared_ptr<const net::TlsContext> tls);
  // Asks the network: `answer` may be called from any thread, or never.
  using AskNetwork = std::function<void(std::vector<kernel::HopQuestion> questions,
                                        std::function<void(std::vector<kernel::HopAnswer>)> answer)>;
  // Where the kernel relays what it can. `facing` outlives the worker. What is called is called on the
  // worker's thread, which it may not block.
  struct KernelSide {
    std::unique_ptr<kernel::FlowTable> flows;
    kernel::FacingRoutes& facing;
    kernel::RouteSink::Tell tell;  // look_again() of the worker that has the channel
    KernelFlows::Doubt doubt;
    AskNetwork ask;
  };
  void use_kernel(KernelSide kernel);
  // Both are called on the worker's thread: with what was read and what has ended; and before an allocation
  // has a route.
  void report_to(UsageDesk::Sink usage, std::function<void(const std::string& user_id)> started);
  // Called on the worker's thread for a user whose quota is full: has the longest silent of all workers
  // ended, and then says so from any thread. Without it, only its own.
  using AskAll = std::function<void(const turn::EndAbandoned& wanted, std::function<void()> done)>;
  void ask_all_to_end_abandoned(AskAll ask) { ask_all_ = std::move(ask); }
  // As ClientPaths::serve_http(); called on the worker's thread.
  void serve_http(path::ClientPaths::HttpSink sink) { paths_.serve_http(std::move(sink)); }
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // The body of the worker's thread: serves until stop(), then ends every allocation.
  void run();
  // One turn: waits until something is ready or due, and does a bounded part of it, media first.
  void run_once();
  // Of the turn that runs, or that threw.
  std::string_view step() const { return step_; }
  // From any thread: these and what follows.
  void stop();
  // As ClientPaths::pass_through().
  void pass_through(std::shared_ptr<const path::Passthrough> to);
  // Grants no more allocations, and says once, from its thread, when the last one has ended. Goes on
  // answering: clients are sent to one of the alternates, or know that they are refused.
  void drain(std::function<void()> on_empty);
  void reload(turn::Policies policies, std::shared_ptr<const net::TlsContext> tls);
  // As turn::Server::set_alternates(): never null.
  void set_alternates(std::shared_ptr<const turn::Alternates> alternates);
  // Ends, some a turn, the allocations of clients that the paths do not reach any more.
  void change_listeners(path::ListenerChange change);
  // Of what is asked and connects from now on.
  void set_options(const turn::ServerOptions& options, const StreamSettings& streams);
  // Ends every allocation of these users, reports it, and then says so from its thread.
  void revoke(std::shared_ptr<const std::vector<std::string>> user_ids, std::function<void()> done);
  // Says from its thread which of the user's allocations have silent clients.
  void find_silent(const std::string& user_id, std::function<void(std::vector<turn::Silent>)> done);
  // Says from its thread whether it has ended it, as turn::Server::end_silent().
  void end_silent(const turn::Silent& silent, std::function<void(bool)> done);
  // Reports what its allocations have relayed so far, some at a time, and then says so from its thread.
  void read_usage(std::function<void()> done);
  // Says from its thread what it has counted so far; what the kernel has is read some at a time before that.
  void read_counters(std::function<void(const Counters&)> done);
  // Says from its thread what it knows of its allocations, which it looks at some at a time.
  void find_sessions(SessionQuery query, SessionDesk::Done done);
  // Ends these allocations, reports it, and then says from its thread what they were.
  void end(std::vector<relay::AllocationId> ids, turn::EndReason reason,
           std::function<void(std::vector<Session>)> done);
  // Says from its thread how much its allocations relay, by their latest readings.
  void read_pace(std::function<void(std::uint64_t bits_per_second)> done);
  // Says from its thread what it has refused lately.
  void find_refusals(RefusalQuery query, std::function<void(std::vector<RefusalRecord>)> done);
  // The interfaces, by index, on which the kernel relays from now on. The network may have changed in other
  // ways, too, since the last call.
  void serve_in_kernel(std::set<std::uint32_t> interfaces);
  // The kernel engine has another way for the channel: the one that faces it has come or gone.
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
  TrafficNews by_kernel_;
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
