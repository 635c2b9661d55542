// All workers, their threads and what they share; the main thread asks them all by coroutines.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "turnpike/config/config.hpp"
#include "turnpike/net/asio.hpp"
#include "turnpike/net/ticket_keys.hpp"
#include "turnpike/net/tls_context.hpp"
#include "turnpike/path/connection_limiter.hpp"
#include "turnpike/path/listeners.hpp"
#include "turnpike/relay/meter.hpp"
#include "turnpike/turn/ledger.hpp"
#include "turnpike/turn/server.hpp"
#include "turnpike/worker/ask_all.hpp"
#include "turnpike/worker/kernel_engine.hpp"
#include "turnpike/worker/worker.hpp"

namespace turnpike::worker {

// The receiver of usage reports.
struct UsageSink {
  std::function<void(relay::UsageReport)> take;
  std::function<void(const std::string& user_id)> started;  // an allocation begins; may be empty
};

// Users that can have a byte budget at one time; others are not limited.
inline constexpr std::uint32_t kMetersMax = 65536;
// Budgets of users and visitors together.
inline constexpr std::uint32_t kMetersWithVisitors = kMetersMax + relay::kVisitorMeters;
static_assert(relay::kVisitorMetersFrom == kMetersMax + 1);

// Returns the number of workers: `workers` of the configuration, or the number of cores if that is 0.
std::uint32_t worker_count(const config::Config& config);

// Returns how many connections can be passed on at one time, to the HTTP server or to other TLS servers. The
// limit on descriptors bounds it.
std::uint64_t passed_max();

// Owns the workers, their threads and what they share. Used on the main thread.
class WorkerPool {
 public:
  // The parts that a reload replaces.
  struct Replaceable {
    std::shared_ptr<const net::TlsContext> tls;
    turn::Policies policies;
    config::Config config;  // for limits, relay ports and passthrough names
  };

  // Opens the listeners and makes the workers; start() starts their threads. `limits.connections` is taken as
  // it is, 0 is no limit. `relays` are the local relay addresses. `engine` is null if the sockets relay
  // everything, and outlives the pool. `user` is the user that the process will change to, if any. Throws
  // ConfigError if a certificate or a credential cannot be used, std::runtime_error if an address is in use.
  WorkerPool(const config::Config& config, const std::vector<IpAddress>& relays, KernelEngine* engine,
             const std::optional<net::User>& user = std::nullopt);
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // Sets the receiver of usage reports; it is called on the context's thread. Call before start().
  void report_to(UsageSink sink, boost::asio::io_context& context);
  // Sets the receiver of HTTP connections, over TLS, and over TCP where config::has_plain_http(). The sink is
  // called on the context's thread. Call before start().
  void serve_http(path::ClientPaths::HttpSink sink, boost::asio::io_context& context);
  // Lets a user whose quota is full take the places of the user's silent clients on all workers, the longest
  // silent first. The search runs on the context's thread. Call before start().
  void share_quotas(boost::asio::io_context& context);
  // Makes room for a user whose quota is still full because other servers hold the rest. Must call `done`
  // soon in any case.
  using MakeRoom =
      std::function<void(const std::string& user_id, std::uint32_t places, std::function<void()> done)>;
  // Sets the function that makes room on other servers, called on the context's thread of share_quotas().
  // Call before start().
  void make_room_elsewhere(MakeRoom make_room) { make_room_ = std::move(make_room); }
  // Starts the threads. `on_failure` is called on the thread of a worker that an exception has ended; the
  // server cannot continue without that worker.
  void start(std::function<void()> on_failure = [] {});
  // Stops all workers, which end their allocations, and joins their threads.
  void stop();
  // Sets the servers to which clients are sent, and whether they are sent. A reload keeps them. Until the
  // first call no client is sent away.
  void set_alternates(turn::Alternates alternates);
  // Stops granting allocations: clients are sent to the alternates, if there are any. `on_empty` is called
  // once, on a worker's thread, when the last allocation has ended. A second call does nothing.
  void drain(const std::function<void()>& on_empty);
  bool is_draining() const { return draining_; }
  // Returns why new clients are not served at the moment: "draining", ConnectionLimiter::obstacle() or
  // "no_free_port"; empty if they are.
  std::string_view obstacle();

  // Sets the local addresses of new relays. Call replace() afterwards, with what was made after this call.
  void set_relay_addresses(const std::vector<IpAddress>& relays);
  // Makes the replaceable parts for a configuration and the host's current addresses. Throws as the
  // constructor does.
  Replaceable make_replaceable(const config::Config& config) const;
  // Puts the parts into force on all workers.
  void replace(const Replaceable& fresh);
  // Returns the parts in force with the host's current addresses, or with the certificate files read again.
  // The latter throws as the constructor does.
  Replaceable with_addresses_of_now() const;
  Replaceable with_certificate_of_now() const;
  // Opens the listeners of `listen` that are not open yet. Throws as the constructor does.
  path::ListenersOfAll open_listeners(const config::ListenConfig& listen) const;
  // Hands the new listeners to the workers, closes those no longer wanted, and logs the change. Call it after
  // replace(), with the result of an open_listeners() that no other change has followed.
  void change_listeners(path::ListenersOfAll fresh);
  // Sets the interfaces, by index, on which the kernel relays.
  void serve_in_kernel(const std::set<std::uint32_t>& interfaces);

  // Asks every worker for a sign of life. Returns false if one did not answer in time. All coroutines below
  // return when every worker has answered or the wait for a late one is over.
  boost::asio::awaitable<bool> answer();
  // Has every worker report its usage to the sink of report_to().
  boost::asio::awaitable<void> read_usage();
  // Returns the counters of each worker.
  boost::asio::awaitable<CountersOfWorkers> read_counters();
  // Ends all allocations of these users. Returns false if a worker did not answer in time: its allocations
  // end when it can.
  boost::asio::awaitable<bool> revoke(std::vector<std::string> user_ids);
  // Returns a page of the live allocations, at most `query.max`.
  boost::asio::awaitable<SessionPage> find_sessions(SessionQuery query);
  // Returns the rate of all allocations together, by readings of each that lie at most ten seconds apart.
  boost::asio::awaitable<std::uint64_t> bits_per_second();
  // Ends these allocations, a bounded number for each turn of their workers, and returns those that were
  // alive.
  boost::asio::awaitable<std::vector<Session>> end(std::vector<relay::AllocationId> ids,
                                                   turn::EndReason reason = turn::EndReason::revoked);
  // Ends up to `count` of the user's allocations whose clients are silent, the longest silent first. Returns
  // how many were ended.
  boost::asio::awaitable<std::size_t> end_silent_of(std::string user_id, std::uint32_t count);
  // Ends up to `count` of the user's allocations that began at `since` or later, the latest first, to enforce
  // the fleet's quota. Returns how many were ended.
  boost::asio::awaitable<std::size_t> end_latest(std::string user_id, std::uint32_t count, TimePoint since);
  // Returns the latest refusals of all workers, the latest first, at most `query.max`.
  boost::asio::awaitable<std::vector<RefusalRecord>> find_refusals(RefusalQuery query);

  // Returns the number of workers.
  std::size_t size() const { return workers_.size(); }
  path::ConnectionLimiter::Counts connections() { return connections_.counts(); }
  // Returns the TLS context of new connections, or nullptr if there is no TLS listener.
  const net::TlsContext* tls() const { return in_force_.tls.get(); }
  // Returns the names of the listeners, as path::names_of().
  std::vector<std::string> listeners() const { return path::names_of(listeners_); }
  turn::Ledger& ledger() { return ledger_; }
  relay::Meters& meters() { return meters_; }

 private:
  boost::asio::awaitable<void> end_abandoned(turn::EndAbandoned wanted, std::function<void()> done);
  boost::asio::awaitable<std::vector<turn::Silent>> find_silent(std::string user_id);
  boost::asio::awaitable<std::size_t> end_some(std::vector<turn::Silent> silent, std::uint32_t count);
  boost::asio::awaitable<bool> end_silent(turn::Silent silent);
  void tell_engine();
  Worker& owner_of(relay::AllocationId allocation);
  boost::asio::awaitable<SessionPage> find_sessions_of(std::size_t worker, SessionQuery query);
  boost::asio::awaitable<SessionPage> find_busiest(SessionQuery query);
  // Whether all have answered in time.
  boost::asio::awaitable<bool> ask(std::string_view what, Question question);

  ReservedSockets reserved_;
  turn::Ledger ledger_;  // closes what is reserved
  relay::Meters meters_;
  path::ConnectionLimiter connections_;
  std::uint32_t answers_per_second_;
  std::shared_ptr<turn::AnswerLimits> answers_;
  MakeRoom make_room_;
  KernelEngine* const engine_;
  std::vector<path::OpenListener> listeners_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<std::thread> threads_;
  // Sessions of TLS are resumed whichever worker has the connection, and after a reload.
  std::shared_ptr<net::TicketKeys> tickets_ = std::make_shared<net::TicketKeys>();
  Replaceable in_force_;
  std::atomic<std::size_t> filled_workers_ = 0;  // while draining, those that have allocations
  bool draining_ = false;
};

}  // namespace turnpike::worker
