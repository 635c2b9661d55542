#include "turnpike/app/application.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include "turnpike/app/accounting.hpp"
#include "turnpike/app/ask_all.hpp"
#include "turnpike/app/control_plane.hpp"
#include "turnpike/app/kernel_engine.hpp"
#include "turnpike/app/listeners.hpp"
#include "turnpike/app/livekit_reconciler.hpp"
#include "turnpike/app/livekit_service.hpp"
#include "turnpike/app/log.hpp"
#include "turnpike/app/policies.hpp"
#include "turnpike/app/worker.hpp"
#include "turnpike/base/hash.hpp"
#include "turnpike/net/asio.hpp"
#include "turnpike/net/interfaces.hpp"
#include "turnpike/net/limits.hpp"

namespace turnpike::app {
namespace {

namespace asio = boost::asio;

// Two a channel; channels beyond are relayed by the sockets. The kernel sets the memory aside at start, 128 bytes and 32 for each core a
// flow.
constexpr std::size_t kFlowsPerPort = 4;
constexpr std::size_t kFlowsMax = 131072;
constexpr std::uint32_t kMetersMax = 65536;               // users with allocations at one time, where byte budgets are on
constexpr Duration kAnswerMax = std::chrono::seconds(1);  // of a worker

std::uint32_t worker_count(const Config& config) {
  return config.workers != 0 ? config.workers : std::max(1U, std::thread::hardware_concurrency());
}

// relay.addresses, or the default routes', else all that others can reach, else loopback.
std::vector<IpAddress> relay_addresses(const Config& config) {
  if (!config.relay.addresses.empty()) return config.relay.addresses;
  if (auto routed = net::default_route_addresses(); !routed.empty()) return routed;
  std::vector<IpAddress> reachable;
  for (const IpAddress& address : net::local_addresses()) {
    const auto scope = net::scope_of(address);
    if (scope == net::AddressScope::global || scope == net::AddressScope::private_use) reachable.push_back(address);
  }
  if (!reachable.empty()) return reachable;
  log_event(LogLevel::warning, "relay_on_loopback",
            {{"reason", std::string("no default route and no global address; set relay.addresses")}});
  return {IpAddress::v4(127, 0, 0, 1)};
}

void warn_of_private_addresses(const std::vector<IpAddress>& addresses, const AddressMap& external) {
  for (const IpAddress& address : addresses) {
    if (net::scope_of(address) != net::AddressScope::private_use || external.to_external(address) != address) continue;
    log_event(LogLevel::warning, "relay_address_is_private",
              {{"address", address.to_string()}, {"hint", std::string("behind 1:1 NAT set relay.external")}});
  }
}

bool has_byte_budgets(const LimitsConfig& limits) { return limits.bytes_per_second_per_user != 0 || limits.bytes_per_second_per_room != 0; }

turn::LedgerOptions ledger_options(const Config& config, std::vector<IpAddress> addresses) {
  turn::LedgerOptions options;
  options.addresses = std::move(addresses);
  options.ports = config.relay.ports;
  options.port_quiet = std::chrono::seconds(config.relay.port_quiet_s);
  options.allocations_per_user_max = config.limits.allocations_per_user;
  options.allocations_max = config.limits.allocations;
  options.meters_max = has_byte_budgets(config.limits) ? kMetersMax : 0;
  return options;
}

turn::ServerOptions server_options(const Config& config, std::uint32_t worker) {
  turn::ServerOptions options;
  options.worker = worker;
  options.lifetime_default_s = config.limits.lifetime_default_s;
  options.lifetime_max_s = config.limits.lifetime_max_s;
  options.permissions_max = config.limits.permissions_per_allocation;
  options.channels_max = config.limits.channels_per_allocation;
  options.unauthenticated_per_second = config.limits.unauthenticated_per_second_per_ip;
  options.rfc5766_channels = config.compat.rfc5766_channels;
  options.external = AddressMap(config.relay.external);
  return options;
}

KernelEngineOptions kernel_engine_options(const Config& config, std::size_t relay_addresses) {
  KernelEngineOptions options;
  options.setting = config.relay.engine;
  for (const Endpoint& listener : config.listen.udp) options.listener_ports.push_back(listener.port);
  const std::size_t ports = std::size_t{config.relay.ports.max} - config.relay.ports.min + 1;
  options.flows_max = static_cast<std::uint32_t>(std::min(kFlowsPerPort * ports * relay_addresses, kFlowsMax));
  return options;
}

std::shared_ptr<const net::TlsContext> make_tls(const Config& config) {
  if (config.listen.tls.empty()) return nullptr;
  const char* min_version = config.tls.min_version == TlsVersion::tls1_3 ? "1.3" : "1.2";
  try {
    return std::make_shared<net::TlsContext>(net::TlsFiles{config.tls.certificate, config.tls.key, min_version});
  } catch (const std::runtime_error& error) {
    throw ConfigError(fmt::format("tls: {}", error.what()));
  }
}

// What a reload may change; whatever else the file says by now waits for a restart.
Config reloaded(const Config& running, const Config& fresh) {
  Config next = running;
  if (!fresh.tls.certificate.empty()) next.tls = fresh.tls;
  next.credentials = fresh.credentials;
  next.credentials.check_expiry = running.credentials.check_expiry;
  next.peers = fresh.peers;
  next.log = fresh.log;
  next.warnings = fresh.warnings;
  return next;
}

class Server {
 public:
  // What a reload replaces.
  struct Replaceable {
    std::shared_ptr<const net::TlsContext> tls;
    turn::Policies policies;
  };

  // `engine`: null where the sockets relay everything.
  Server(const Config& config, const std::vector<IpAddress>& relays, KernelEngine* engine)
      : ledger_(ledger_options(config, relays)),
        meters_(config.limits.bytes_per_second_per_user, kMetersMax, config.limits.bytes_per_second_per_room),
        connections_(config.limits.connections_per_ip) {
    const std::uint32_t count = worker_count(config);
    auto listeners = open_listeners(config.listen, count, engine == nullptr);
    const auto [tls, policies] = make_replaceable(config);
    if (policies.credentials->empty()) {
      log_event(LogLevel::warning, "no_credentials",
                {{"effect", std::string("every Allocate is refused until a credential source is given")}});
    }
    net::OpenSslRandom random;
    byte_hash_seed = random.u64();
    const turn::Authenticator authenticator(
        config.realm, turn::NonceFactory(turn::NonceFactory::random_key(random), std::chrono::seconds(config.nonce_life_s)),
        config.credentials.check_expiry);
    for (std::uint32_t i = 0; i < count; ++i) {
      workers_.push_back(std::make_unique<Worker>(server_options(config, i), authenticator, policies,
                                                  Shared{ledger_, meters_, connections_}, std::move(listeners[i]), tls));
      if (engine != nullptr) {
        workers_.back()->use_kernel(engine->flows(i, count), [engine](std::uint32_t interface) { engine->doubt(interface); });
      }
    }
  }

  void start() {
    for (const auto& worker : workers_) threads_.emplace_back([&worker = *worker] { worker.run(); });
  }

  // No new allocations from now on. `on_empty` is called on a worker's thread, once the last allocation has ended.
  void drain(const std::function<void()>& on_empty) {
    if (std::exchange(draining_, true)) return;
    filled_workers_ = workers_.size();
    for (const auto& worker : workers_) {
      worker->drain([this, on_empty] {
        if (--filled_workers_ == 0) on_empty();
      });
    }
  }

  void stop() {
    for (const auto& worker : workers_) worker->stop();
    for (std::thread& thread : threads_) thread.join();
  }

  // Throws where a certificate or a credential is of no use.
  Replaceable make_replaceable(const Config& config) const {
    return {make_tls(config), make_policies(config, ledger_, net::local_addresses())};
  }

  void replace(const Replaceable& fresh) {
    for (const auto& worker : workers_) worker->reload(fresh.policies, fresh.tls);
  }

  // Before start(). The accounts are kept on the context's thread.
  void report_to(Accounting& accounting, asio::io_context& context) {
    const auto take = [&](relay::UsageReport report) {
      asio::post(context, [&accounting, report = std::move(report)]() mutable { accounting.take(std::move(report)); });
    };
    const auto place = [&](const std::string& user_id) { asio::post(context, [&accounting, user_id] { accounting.place(user_id); }); };
    for (const auto& worker : workers_) {
      if (meters_.limits_rooms()) {
        worker->report_to(take, place);
      } else {
        worker->report_to(take, nullptr);
      }
    }
  }

  asio::awaitable<void> read_usage() {
    Question question = [this](std::size_t worker, std::function<void()> done) { workers_[worker]->read_usage(std::move(done)); };
    co_await ask("usage", std::move(question));
  }

  // No allocation of theirs is left when it returns.
  asio::awaitable<void> revoke(std::vector<std::string> user_ids) {
    const auto shared = std::make_shared<const std::vector<std::string>>(std::move(user_ids));
    Question question = [this, shared](std::size_t worker, std::function<void()> done) {
      workers_[worker]->revoke(shared, std::move(done));
    };
    co_await ask("revocation", std::move(question));
  }

  // Whose quota is full gets the places of what its clients have abandoned, whichever workers have them.
  void share_quotas(asio::io_context& context) {
    for (const auto& worker : workers_) {
      worker->ask_all_to_end_abandoned([this, &context](const std::string& user_id, std::function<void()> done) {
        asio::co_spawn(context, end_abandoned(user_id, std::move(done)), asio::detached);
      });
    }
  }

  void serve_in_kernel(const InterfaceSet& interfaces) {
    for (const auto& worker : workers_) worker->serve_in_kernel(interfaces);
  }

  std::size_t worker_total() const { return workers_.size(); }
  bool is_draining() const { return draining_; }
  turn::Ledger& ledger() { return ledger_; }
  relay::Meters& meters() { return meters_; }

 private:
  asio::awaitable<void> end_abandoned(std::string user_id, std::function<void()> done) {
    Question question = [this, user_id](std::size_t worker, std::function<void()> said) {
      workers_[worker]->end_abandoned(user_id, std::move(said));
    };
    co_await ask("abandoned", std::move(question));
    done();
  }

  // Every worker.
  asio::awaitable<void> ask(std::string_view what, Question question) {
    const bool in_time = co_await ask_all(workers_.size(), kAnswerMax, question);
    if (!in_time) log_event(LogLevel::warning, "workers_are_late", {{"question", std::string(what)}});
  }

  turn::Ledger ledger_;
  relay::Meters meters_;
  ConnectionLimiter connections_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<std::thread> threads_;
  std::atomic<std::size_t> filled_workers_ = 0;  // while draining, those that have allocations
  bool draining_ = false;
};

void log_warnings(const Config& config) {
  for (const std::string& warning : config.warnings) log_event(LogLevel::warning, "configuration", {{"warning", warning}});
}

// Nothing changes if anything is wrong.
void reload(Server& server, LiveKitService& livekit, const Config& running, const std::function<Config()>& load) {
  try {
    const Config fresh = load();
    const Config next = reloaded(running, fresh);
    const auto replaceable = server.make_replaceable(next);
    open_log(next.log);
    server.replace(replaceable);
    livekit.reload(next);
    log_warnings(next);
    if (next != fresh)
      log_event(LogLevel::warning, "restart_needed", {{"reason", std::string("a key has changed that a reload leaves alone")}});
    log_event(LogLevel::info, "reloaded");
  } catch (const std::exception& error) {
    log_event(LogLevel::error, "reload_refused", {{"reason", std::string(error.what())}});
  }
}

// Until the context is stopped: by a signal, by the grace time, or because all workers are drained.
asio::awaitable<void> serve_signals(asio::io_context& context, Server& server, LiveKitService& livekit, const Config& config,
                                    const std::function<Config()>& load) {
  asio::signal_set signals(context, SIGTERM, SIGINT);
  signals.add(SIGUSR1);
  signals.add(SIGHUP);
  signals.add(SIGUSR2);
  asio::steady_timer grace(context);
  bool draining = false;
  while (!context.stopped()) {
    const int signal = co_await signals.async_wait(asio::use_awaitable);
    if (signal == SIGHUP || signal == SIGUSR2) {
      reload(server, livekit, config, load);
      continue;
    }
    const bool asks_to_drain = signal == SIGUSR1 || (signal == SIGTERM && config.shutdown_grace_s != 0 && !draining);
    log_event(LogLevel::info, asks_to_drain ? "draining" : "stopping", {{"signal", std::int64_t{signal}}});
    if (!asks_to_drain) {
      context.stop();
      continue;
    }
    server.drain([&context] { context.stop(); });
    draining |= signal == SIGTERM;
    if (signal != SIGTERM) continue;
    grace.expires_after(std::chrono::seconds(config.shutdown_grace_s));
    grace.async_wait([&context](const boost::system::error_code& error) {
      if (!error) context.stop();
    });
  }
}

// GET /engine.
control::HttpRoute engine_route(Engine setting, const KernelEngine* engine, const std::string& obstacle) {
  const auto answer = [=](const control::HttpRequest&) {
    const auto choices = engine == nullptr ? std::vector<InterfaceEngine>{} : engine->choices();
    return control::HttpResponse{.content_type = "application/json", .body = engine_json(setting, obstacle, choices)};
  };
  return {"GET", "/engine", answer, 0, {}};
}

}  // namespace

int serve(const Config& config, const std::function<Config()>& load) {
  open_log(config.log);
  log_warnings(config);
  const std::uint64_t descriptors = net::raise_descriptor_limit();
  const auto relays = relay_addresses(config);
  warn_of_private_addresses(relays, AddressMap(config.relay.external));

  const auto [engine, obstacle] = KernelEngine::start(kernel_engine_options(config, relays.size()));
  Server server(config, relays, engine.get());
  if (engine) engine->drop_privileges();
  // Signals are taken on this thread before others exist: they inherit the mask that Asio's handlers need.
  asio::io_context context(1);
  livekit::RoomRegistry registry(livekit::RegistryOptions{});
  Accounting accounting(registry, server.ledger(), server.meters(), [&server] { return server.read_usage(); });
  server.report_to(accounting, context);
  server.share_quotas(context);
  asio::co_spawn(context, accounting.run(), asio::detached);
  LiveKitService livekit(config, server.ledger(), registry, accounting,
                         [&server](std::vector<std::string> user_ids) { return server.revoke(std::move(user_ids)); });
  auto admin_routes = accounting.routes();
  admin_routes.push_back(engine_route(config.relay.engine, engine.get(), obstacle));
  const ControlPlane control(
      context, config.control, [&server] { return !server.is_draining(); }, livekit.routes(config.livekit), admin_routes);
  asio::co_spawn(context, serve_signals(context, server, livekit, config, load), asio::detached);
  LiveKitReconciler reconciler(config.livekit, livekit);
  asio::co_spawn(context, reconciler.run(), asio::detached);
  if (engine) {
    server.serve_in_kernel(engine->served());
    engine->run(context, [&server](const InterfaceSet& interfaces) { server.serve_in_kernel(interfaces); });
  }
  context.poll();
  server.start();
  std::vector<std::string> relay_texts;
  for (const IpAddress& address : relays) relay_texts.push_back(address.to_string());
  log_event(LogLevel::info, "started",
            {{"workers", static_cast<std::int64_t>(server.worker_total())},
             {"relay_addresses", relay_texts},
             {"descriptors_max", static_cast<std::int64_t>(descriptors)}});
  context.run();
  server.stop();
  log_event(LogLevel::info, "stopped");
  return kExitOk;
}

}  // namespace turnpike::app
