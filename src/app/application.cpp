#include "turnpike/app/application.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <memory>
#include <utility>
#include <vector>

#include "turnpike/app/capacity.hpp"
#include "turnpike/app/control_plane.hpp"
#include "turnpike/app/relay_addresses.hpp"
#include "turnpike/log/last_words.hpp"
#include "turnpike/log/log.hpp"
#include "turnpike/net/asio.hpp"
#include "turnpike/net/interfaces.hpp"
#include "turnpike/net/limits.hpp"
#include "turnpike/sfu/accounting.hpp"
#include "turnpike/sfu/livekit_service.hpp"
#include "turnpike/sfu/reconciler.hpp"
#include "turnpike/worker/kernel_engine.hpp"
#include "turnpike/worker/worker_pool.hpp"

namespace turnpike::app {
namespace {

namespace asio = boost::asio;

// Two a channel; channels beyond are relayed by the sockets. The kernel sets the memory aside at start, 128
// bytes and 32 for each core a flow.
constexpr std::size_t kFlowsPerPort = 4;
constexpr std::size_t kFlowsMax = 131072;

void warn_of_loopback(const config::RelayConfig& config, const std::vector<IpAddress>& relays) {
  if (!config.addresses.empty() || net::scope_of(relays.front()) != net::AddressScope::loopback) return;
  log::write(log::Event::relay_on_loopback,
             {{"reason", std::string("no default route and no global address; set relay.addresses")}});
}

void warn_of_private_addresses(const std::vector<IpAddress>& addresses, const AddressMap& external) {
  for (const IpAddress& address : addresses) {
    if (net::scope_of(address) != net::AddressScope::private_use ||
        external.to_external(address).plain() != address)
      continue;
    log::write(
        log::Event::relay_address_is_private,
        {{"address", address.to_string()}, {"hint", std::string("behind 1:1 NAT set relay.external")}});
  }
}

worker::KernelEngineOptions kernel_engine_options(const config::Config& config, std::size_t relay_addresses) {
  worker::KernelEngineOptions options;
  options.setting = config.relay.engine;
  for (const Endpoint& listener : config.listen.udp) options.listener_ports.push_back(listener.port);
  const std::size_t ports = std::size_t{config.relay.ports.max} - config.relay.ports.min + 1;
  options.flows_max =
      static_cast<std::uint32_t>(std::min(kFlowsPerPort * ports * relay_addresses, kFlowsMax));
  return options;
}

// What a reload may change; whatever else the file says by now waits for a restart.
config::Config reloaded(const config::Config& running, const config::Config& fresh) {
  config::Config next = running;
  if (!fresh.tls.certificate.empty()) next.tls = fresh.tls;
  next.credentials = fresh.credentials;
  next.credentials.check_expiry = running.credentials.check_expiry;
  next.peers = fresh.peers;
  next.log = fresh.log;
  next.warnings = fresh.warnings;
  return next;
}

void log_warnings(const config::Config& config) {
  for (const std::string& warning : config.warnings)
    log::write(log::Event::configuration, {{"warning", warning}});
}

// Nothing changes if anything is wrong.
void reload(worker::WorkerPool& workers, sfu::LiveKitService& livekit, const config::Config& running,
            const std::function<config::Config()>& load) {
  try {
    const config::Config fresh = load();
    const config::Config next = reloaded(running, fresh);
    const auto replaceable = workers.make_replaceable(next);
    log::open(next.log);
    workers.replace(replaceable);
    livekit.reload(next);
    log_warnings(next);
    if (next != fresh)
      log::write(log::Event::restart_needed,
                 {{"reason", std::string("a key has changed that a reload leaves alone")}});
    log::write(log::Event::reloaded);
  } catch (const std::exception& error) {
    log::write(log::Event::reload_refused, {{"reason", std::string(error.what())}});
  }
}

// Signals that ask for a reload wait in a line of their own: however many wait, an end is not behind them.
asio::awaitable<void> serve_reloads(asio::io_context& context, worker::WorkerPool& workers,
                                    sfu::LiveKitService& livekit, const config::Config& config,
                                    const std::function<config::Config()>& load) {
  asio::signal_set signals(context, SIGHUP, SIGUSR2);
  while (!context.stopped()) {
    co_await signals.async_wait(asio::use_awaitable);
    reload(workers, livekit, config, load);
  }
}

// Until the context is stopped: by a signal, by the grace time, or because all workers are drained.
asio::awaitable<void> serve_ends(asio::io_context& context, worker::WorkerPool& workers,
                                 const config::Config& config) {
  asio::signal_set signals(context, SIGTERM, SIGINT, SIGUSR1);
  asio::steady_timer grace(context);
  bool draining = false;
  while (!context.stopped()) {
    const int signal = co_await signals.async_wait(asio::use_awaitable);
    const bool asks_to_drain =
        signal == SIGUSR1 || (signal == SIGTERM && config.shutdown_grace_s != 0 && !draining);
    log::write(asks_to_drain ? log::Event::draining : log::Event::stopping,
               {{"signal", std::int64_t{signal}}});
    if (!asks_to_drain) {
      context.stop();
      continue;
    }
    workers.drain([&context] { context.stop(); });
    draining |= signal == SIGTERM;
    if (signal != SIGTERM) continue;
    grace.expires_after(std::chrono::seconds(config.shutdown_grace_s));
    grace.async_wait([&context](const boost::system::error_code& error) {
      if (!error) context.stop();
    });
  }
}

// A listener of streams has a spare one.
std::size_t descriptors_of(const config::ListenConfig& listen) {
  return listen.udp.size() + 2 * (listen.tcp.size() + listen.tls.size());
}

config::Config with_connections(config::Config config, std::uint64_t connections) {
  config.limits.connections = static_cast<std::uint32_t>(std::min<std::uint64_t>(connections, UINT32_MAX));
  return config;
}

void log_started(const config::Config& config, const std::string& file, const std::vector<IpAddress>& relays,
                 const worker::WorkerPool& workers, bool has_engine, std::uint64_t descriptors,
                 const Capacity& capacity) {
  std::vector<std::string> addresses;
  for (const IpAddress& address : relays) addresses.push_back(address.to_string());
  const auto number = [](std::uint64_t value) { return static_cast<std::int64_t>(value); };
  log::write(log::Event::started,
             {{"version", std::string(TURNPIKE_VERSION)},
              {"configuration", file.empty() ? std::string("none") : file},
              {"listeners", workers.listeners()},
              {"relay_addresses", addresses},
              {"relay_ports", fmt::format("{}-{}", config.relay.ports.min, config.relay.ports.max)},
              {"engine", std::string(has_engine ? "kernel" : "sockets")},
              {"workers", number(workers.size())},
              {"allocations_max", number(capacity.allocations)},
              {"connections_max", number(capacity.connections)},
              {"descriptors_max", number(descriptors)}});
}

// GET /engine.
http::Route engine_route(config::Engine setting, const worker::KernelEngine* engine,
                         const std::string& obstacle) {
  const auto answer = [=](const http::Request&) {
    worker::EngineReport report{.setting = setting, .obstacle = obstacle, .flows = 0, .interfaces = {}};
    if (engine != nullptr) {
      report.flows = engine->flow_count();
      report.interfaces = engine->choices();
    }
    return http::Response{.content_type = "application/json", .body = worker::engine_json(report)};
  };
  return {"GET", "/engine", answer, 0, {}};
}

}  // namespace

int serve(const config::Config& config, const std::function<config::Config()>& load,
          const std::string& file) {
  std::signal(SIGPIPE, SIG_IGN);  // whoever reads the log may leave
  log::open(config.log);
  log::tell_last_words();
  log::WriterThread log_writer;
  log_warnings(config);
  const std::uint64_t descriptors = net::raise_descriptor_limit();
  const auto relays = relay_addresses(config.relay);
  warn_of_loopback(config.relay, relays);
  warn_of_private_addresses(relays, AddressMap(config.relay.external));

  const auto [engine, obstacle] = worker::KernelEngine::start(kernel_engine_options(config, relays.size()));
  const Capacity capacity = capacity_of(
      config, {descriptors, worker::worker_count(config), descriptors_of(config.listen), relays.size()});
  worker::WorkerPool workers(with_connections(config, capacity.connections), relays, engine.get());
  if (engine) engine->drop_privileges();
  log_writer.start();  // the engine has forked its helper by now
  // Signals are taken on this thread before others exist: they inherit the mask that Asio's handlers need.
  asio::io_context context(1);
  livekit::RoomRegistry registry(livekit::RegistryOptions{});
  sfu::Accounting accounting(registry, workers.ledger(), workers.meters(),
                             [&workers] { return workers.read_usage(); });
  // Who began matters only where rooms have budgets.
  worker::UsageSink usage{
      .take = [&accounting](relay::UsageReport report) { accounting.take(std::move(report)); },
      .started = nullptr};
  if (workers.meters().limits_rooms())
    usage.started = [&accounting](const std::string& user_id) { accounting.place(user_id); };
  workers.report_to(std::move(usage), context);
  workers.share_quotas(context);
  asio::co_spawn(context, accounting.run(), asio::detached);
  sfu::LiveKitService livekit(
      config, workers.ledger(), registry, accounting,
      [&workers](std::vector<std::string> user_ids) { return workers.revoke(std::move(user_ids)); });
  auto admin_routes = accounting.routes();
  admin_routes.push_back(engine_route(config.relay.engine, engine.get(), obstacle));
  const ControlPlane control(
      context, config.control, [&workers] { return workers.obstacle(); }, livekit.routes(config.livekit),
      admin_routes);
  asio::co_spawn(context, serve_ends(context, workers, config), asio::detached);
  asio::co_spawn(context, serve_reloads(context, workers, livekit, config, load), asio::detached);
  sfu::Reconciler reconciler(config.livekit, livekit);
  asio::co_spawn(context, reconciler.run(), asio::detached);
  if (engine) {
    workers.serve_in_kernel(engine->served());
    engine->run(context,
                [&workers](const worker::InterfaceSet& interfaces) { workers.serve_in_kernel(interfaces); });
  }
  context.poll();
  std::atomic<bool> failed = false;
  workers.start([&] {
    failed = true;
    context.stop();
  });
  log_started(config, file, relays, workers, engine != nullptr, descriptors, capacity);
  context.run();
  workers.stop();
  log::write(log::Event::stopped);
  return failed ? kExitFailed : kExitOk;
}

}  // namespace turnpike::app
