// All workers, their threads and what they share; and questions to all of them from the main thread.
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

// Who wants to know what is relayed for whom.
struct UsageSink {
  std::function<void(relay::UsageReport)> take;
  std::function<void(const std::string& user_id)> started;  // an allocation of the user; may be null
};

// Users with allocations at one time, where byte budgets are on.
inline constexpr std::uint32_t kMetersMax = 65536;
inline constexpr std::uint32_t kMetersWithVisitors = kMetersMax + relay::kVisitorMeters;
static_assert(relay::kVisitorMetersFrom == kMetersMax + 1);

// As many as the configuration says, or else as there are cores.
std::uint32_t worker_count(const config::Config& config);

// How many connections can be passed on at one time, to the HTTP server or to another TLS server.
std::uint64_t passed_max();

class WorkerPool {
 public:
  // What a reload replaces.
  struct Replaceable {
    std::shared_ptr<const net::TlsContext> tls;
    turn::Policies policies;
    config::Config config;  // whose `limits` are taken
  };

  // Opens the listeners. `limits.connections` is what it is, 0 no limit. `relays`: the local relay addresses.
  // `engine`: null where the sockets relay everything. `user`: whom the process becomes, if anybody. Throws
  // ConfigError where a certificate or a credential is of no use, std::runtime_error where an address is in
  // use.
  WorkerPool(const config::Config& config, const std::vector<IpAddress>& relays, KernelEngine* engine,
             const std::optional<net::User>& user = std::nullopt);
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // Before start(). The sink is called on the context's thread.
  void report_to(UsageSink sink, boost::asio::io_context& context);
  // Before start(). Connections that turn out to be HTTP go to the sink, on the context's thread: those over
  // TLS, and over TCP where config::has_plain_http().
  void serve_http(path::ClientPaths::HttpSink sink, boost::asio::io_context& context);
  // Before start(). Whose quota is full gets the places of their clients that keep silent, the longest silent
  // first, whichever workers have them.
  void share_quotas(boost::asio::io_context& context);
  // Before start(). Whom that does not help, for others hold the rest, has room made elsewhere; `done` is to
  // be called soon in any case. On the context's thread.
  using MakeRoom =
      std::function<void(const std::string& user_id, std::uint32_t places, std::function<void()> done)>;
  void make_room_elsewhere(MakeRoom make_room) { make_room_ = std::move(make_room); }
  // `on_failure` is called on the thread of a worker that a fault has ended; the server cannot go on without.
  void start(std::function<void()> on_failure = [] {});
  void stop();
  // Where clients are sent from now on, and whether they are; a reload leaves it as it is. Until the first
  // call nobody is sent anywhere.
  void set_alternates(turn::Alternates alternates);
  // No new allocations from now on: clients are sent to the alternates, if there are any. `on_empty` is
  // called on a worker's thread, once the last allocation has ended.
  void drain(const std::function<void()>& on_empty);
  bool is_draining() const { return draining_; }
  // Why nobody new is served at the moment: "draining", ConnectionLimiter::obstacle() or "no_free_port";
  // empty: all are.
  std::string_view obstacle();

  // Relays are opened on these addresses from now on. replace() must follow, with what is made after this.
  void set_relay_addresses(const std::vector<IpAddress>& relays);
  // With the addresses that the host has now. Throws as the constructor does.
  Replaceable make_replaceable(const config::Config& config) const;
  void replace(const Replaceable& fresh);
  // What is in force, but with other addresses of the host, or with what is in the files of the certificate:
  // that throws as the constructor does.
  Replaceable with_addresses_of_now() const;
  Replaceable with_certificate_of_now() const;
  // Opens what `listen` has beyond the listeners that are there. Throws as the constructor does.
  path::ListenersOfAll open_listeners(const config::ListenConfig& listen) const;
  // After replace(), with what was made after the last change: these are the listeners from now on, of which
  // the log tells.
  void change_listeners(path::ListenersOfAll fresh);
  // The interfaces, by index, on which the kernel relays from now on.
  void serve_in_kernel(const std::set<std::uint32_t>& interfaces);

  // What follows returns when every worker has answered, or is late.
  // False: one is late.
  boost::asio::awaitable<bool> answer();
  boost::asio::awaitable<void> read_usage();
  boost::asio::awaitable<CountersOfWorkers> read_counters();
  // True: no allocation of theirs is left. False: a worker is late, which ends what it has when it can.
  boost::asio::awaitable<bool> revoke(std::vector<std::string> user_ids);
  // A page of what is alive, `query.max` sessions at most.
  boost::asio::awaitable<SessionPage> find_sessions(SessionQuery query);
  // What all allocations relay, by their latest readings, which are ten seconds apart or less.
  boost::asio::awaitable<std::uint64_t> bits_per_second();
  // Ends these, a bounded number a turn of their workers, and returns those that were alive.
  boost::asio::awaitable<std::vector<Session>> end(std::vector<relay::AllocationId> ids,
                                                   turn::EndReason reason = turn::EndReason::revoked);
  // So many of the user's allocations whose clients keep silent, or as many as there are, the longest silent
  // first.
  boost::asio::awaitable<std::size_t> end_silent_of(std::string user_id, std::uint32_t count);
  // So many of the user's allocations that began then or later, the latest first, for the fleet's quota.
  boost::asio::awaitable<std::size_t> end_latest(std::string user_id, std::uint32_t count, TimePoint since);
  // The latest first, `query.max` at most.
  boost::asio::awaitable<std::vector<RefusalRecord>> find_refusals(RefusalQuery query);

  std::size_t size() const { return workers_.size(); }
  path::ConnectionLimiter::Counts connections() { return connections_.counts(); }
  // Of new connections over TLS; none: there are none.
  const net::TlsContext* tls() const { return in_force_.tls.get(); }
  // Of each worker, as path::names_of() names them.
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
