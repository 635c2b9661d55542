#include "turnpike/app/application.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <iterator>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "turnpike/admin/api.hpp"
#include "turnpike/admin/gate.hpp"
#include "turnpike/app/capacity.hpp"
#include "turnpike/app/control_plane.hpp"
#include "turnpike/app/host_state.hpp"
#include "turnpike/app/privileges.hpp"
#include "turnpike/app/public_server.hpp"
#include "turnpike/app/reconfiguration.hpp"
#include "turnpike/app/service_manager.hpp"
#include "turnpike/crypto/openssl_random.hpp"
#include "turnpike/log/last_words.hpp"
#include "turnpike/log/log.hpp"
#include "turnpike/lookup/look_up.hpp"
#include "turnpike/metrics/exporter.hpp"
#include "turnpike/net/asio.hpp"
#include "turnpike/net/clock.hpp"
#include "turnpike/net/interfaces.hpp"
#include "turnpike/net/limits.hpp"
#include "turnpike/node/fleet_log.hpp"
#include "turnpike/node/fleet_quotas.hpp"
#include "turnpike/node/fleet_service.hpp"
#include "turnpike/node/revocations.hpp"
#include "turnpike/node/steering.hpp"
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

constexpr Duration kStatusInterval = std::chrono::seconds(5);

worker::KernelEngineOptions kernel_engine_options(const config::Config& config, std::size_t relay_addresses,
                                                  const std::optional<net::User>& user) {
  worker::KernelEngineOptions options;
  options.user = user;
  options.setting = config.relay.engine;
  const std::size_t ports = std::size_t{config.relay.ports.max} - config.relay.ports.min + 1;
  options.flows_max =
      static_cast<std::uint32_t>(std::min(kFlowsPerPort * ports * relay_addresses, kFlowsMax));
  options.meters_max = worker::kMetersWithVisitors;
  return options;
}

void log_warnings(const config::Config& config) {
  for (const std::string& warning : config.warnings)
    log::write(log::Event::configuration, {{"warning", warning}});
}

// Signals that ask for a reload wait in a line of their own: however many wait, an end is not behind them.
asio::awaitable<void> serve_reloads(asio::io_context& context, Reconfiguration& reconfiguration) {
  asio::signal_set signals(context, SIGHUP, SIGUSR2);
  while (!context.stopped()) {
    co_await signals.async_wait(asio::use_awaitable);
    static_cast<void>(co_await reconfiguration.reload());
  }
}

// Until the context is stopped: by a signal, by the grace time, or because all workers are drained.
asio::awaitable<void> serve_ends(asio::io_context& context, node::Steering& steering,
                                 const Reconfiguration& reconfiguration) {
  asio::signal_set signals(context, SIGTERM, SIGINT, SIGUSR1);
  asio::steady_timer grace(context);
  bool draining = false;
  while (!context.stopped()) {
    const int signal = co_await signals.async_wait(asio::use_awaitable);
    const std::uint32_t grace_s = reconfiguration.running().shutdown_grace_s;
    const bool asks_to_drain = signal == SIGUSR1 || (signal == SIGTERM && grace_s != 0 && !draining);
    log::write(asks_to_drain ? log::Event::draining : log::Event::stopping,
               {{"signal", std::int64_t{signal}}});
    if (!asks_to_drain) {
      context.stop();
      continue;
    }
    steering.drain();
    draining |= signal == SIGTERM;
    if (signal != SIGTERM) continue;
    grace.expires_after(std::chrono::seconds(grace_s));
    grace.async_wait([&context](const boost::system::error_code& error) {
      if (!error) context.stop();
    });
  }
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

std::string status_of(worker::WorkerPool& workers, const Reconfiguration& reconfiguration) {
  const std::size_t places = workers.ledger().counts(net::read_clock().monotonic).places;
  std::string status = fmt::format("{} allocation{}", places, places == 1 ? "" : "s");
  if (workers.is_draining()) status += ", draining";
  if (!reconfiguration.obstacle().empty()) status += fmt::format(", {}", reconfiguration.obstacle());
  if (!reconfiguration.refusal().empty())
    status += fmt::format("; the last reload was refused: {}", reconfiguration.refusal());
  return status;
}

worker::EngineReport engine_report(config::Engine setting, const std::string& obstacle) {
  worker::EngineReport report;
  report.setting = setting;
  report.obstacle = obstacle;
  return report;
}

std::string_view obstacle_of(worker::WorkerPool& workers, const Reconfiguration& reconfiguration) {
  const std::string_view of_workers = workers.obstacle();
  return of_workers.empty() ? reconfiguration.obstacle() : of_workers;
}

check::Page::Relays relays_of(worker::WorkerPool& workers) {
  return [&workers] { return workers.ledger().relay_addresses(); };
}

http::Proxies proxies_by(const Reconfiguration& reconfiguration) {
  return [&]() -> std::span<const IpPrefix> { return reconfiguration.running().listen.proxy_protocol; };
}

std::function<const config::LiveKitConfig&()> livekit_by(const Reconfiguration& reconfiguration) {
  return [&]() -> const config::LiveKitConfig& { return reconfiguration.running().livekit; };
}

std::optional<metrics::FleetFigures> figures_of(node::FleetService& fleet, const node::FleetQuotas& quotas) {
  if (!fleet.is_shared()) return std::nullopt;
  const bool is_connected = fleet.is_connected();
  const node::SharedQuotas::Counts shared = quotas.counts();
  return metrics::FleetFigures{.is_connected = is_connected,
                               .connections = fleet.connections(),
                               .failures = fleet.failures(),
                               .outstanding = fleet.outstanding(),
                               .nodes = fleet.fleet().nodes(),
                               .words = fleet.fleet().bars().size(),
                               .records_refused = fleet.fleet().faults(),
                               .reconciles = fleet.reconciles(net::read_clock().monotonic),
                               .users_elsewhere = shared.users_elsewhere,
                               .users_sharing = shared.users_sharing,
                               .rooms_sharing = shared.rooms_sharing};
}

sfu::LiveKitService::Revoke revoke_by(worker::WorkerPool& workers) {
  return [&workers](std::vector<std::string> user_ids) { return workers.revoke(std::move(user_ids)); };
}

node::SharedQuotas::Rooms rooms_of(const sfu::Accounting& accounting) {
  return {[&accounting](relay::RoomNumber number) { return accounting.room_numbers().name_of(number); },
          [&accounting] { return accounting.room_numbers().greatest(); }};
}

// This node's part in its fleet: what LiveKit and operators say here and at others, the quotas, and where
// clients go.
struct FleetPart {
  FleetPart(asio::io_context& asio_context, const config::Config& config, Random& source,
            worker::WorkerPool& pool, sfu::LiveKitService& livekit_service, const sfu::Accounting& accounting)
      : context(asio_context),
        random(source),
        workers(pool),
        livekit(livekit_service),
        service(context, config, random),
        log(service),
        revocations(context, service, workers.ledger(), revoke_by(workers)),
        quotas(context, service, workers, rooms_of(accounting), config.limits) {
    workers.share_quotas(context);
    livekit.share(
        {.bar = [this](const auto& user, Duration life,
                       UnixSeconds said) { return revocations.bar(user, life, said); },
         .lift = [this](const auto& user, UnixSeconds said) { return revocations.lift(user, said); },
         .is_barred = [this](const auto& user) { return revocations.is_barred(user); },
         .tell = [this](const auto& news) { service.tell(news); }});
    service.on_news([this](std::string news) {
      asio::co_spawn(context, livekit.on_news(std::move(news), net::read_clock()), asio::detached);
    });
  }

  // The context stops when the last allocation of a drain has ended.
  void steer(const Reconfiguration& reconfiguration, const Resources& resources, bool has_engine) {
    steering.emplace(node::Steering::Parts{
        .fleet = service,
        .workers = workers,
        .random = random,
        .config = [&]() -> const config::Config& { return reconfiguration.running(); },
        .relays = [&] { return reconfiguration.relays(); },
        .allocations_max = [&] { return capacity_of(reconfiguration.running(), resources).allocations; },
        .engine = has_engine ? "kernel" : "sockets",
        .version = TURNPIKE_VERSION,
        .drain = [this] { workers.drain([this] { context.stop(); }); }});
    livekit.find_urls_by([this](std::string_view region, const IpAddress& client) {
      return steering->urls_for(region, client);
    });
  }
  void start() {
    service.start();
    asio::co_spawn(context, steering->run(), asio::detached);
  }
  admin::Ordered drain(const std::string& node_id) {
    if (!service.is_shared()) return admin::Ordered::alone;
    if (steering->drain_node(node_id)) return admin::Ordered::sent;
    return service.is_connected() ? admin::Ordered::unknown : admin::Ordered::cut_off;
  }

  asio::io_context& context;
  Random& random;
  worker::WorkerPool& workers;
  sfu::LiveKitService& livekit;
  node::FleetService service;
  node::FleetLog log;
  node::Revocations revocations;
  node::FleetQuotas quotas;
  std::optional<node::Steering> steering;  // from steer() on, which the start wants
};

std::function<bool()> reconciles_by(node::FleetService& fleet) {
  return [&fleet] { return fleet.reconciles(net::read_clock().monotonic); };
}

// What it knows for /metrics, beside the workers.
std::function<void(metrics::Figures&)> figures_of_main(const Reconfiguration& reconfiguration,
                                                       const sfu::LiveKitService& livekit,
                                                       const sfu::Accounting& accounting,
                                                       const livekit::RoomRegistry& registry,
                                                       const PublicServer& web, node::FleetService& fleet,
                                                       const node::FleetQuotas& quotas) {
  return [&](metrics::Figures& figures) {
    figures.fleet = figures_of(fleet, quotas);
    figures.upstreams = metrics::figures_of(web.upstreams());
    figures.reload_is_in_force = reconfiguration.refusal().empty();
    figures.livekit = livekit.counters();
    figures.relaying = accounting.counts();
    figures.barred = registry.counts().bars;
    figures.check = web.check().mintings();
  };
}

// What operators can have the process do.
admin::Api::Process process_of(Reconfiguration& reconfiguration, worker::WorkerPool& workers,
                               FleetPart& fleet) {
  return {
      .version = TURNPIKE_VERSION,
      .reload = [&] { return reconfiguration.reload(); },
      .drain = [&] { fleet.steering->drain(); },
      .obstacle = [&] { return obstacle_of(workers, reconfiguration); },
      .config = [&]() -> const config::Config& { return reconfiguration.running(); },
      .refusal = [&] { return reconfiguration.refusal(); },
      .relays = [&] { return reconfiguration.relays(); },
      .share_bar = [&](const auto& user, Duration life) { fleet.revocations.bar_by_operator(user, life); },
      .fleet = [&] { return fleet.steering->report(net::read_clock()); },
      .drain_node = [&](const std::string& node_id) { return fleet.drain(node_id); }};
}

ControlPlane::Served served_by(std::vector<http::Route> livekit, metrics::Exporter& exporter,
                               sfu::Accounting& accounting, admin::Api& api) {
  ControlPlane::Served served{std::move(livekit), api.counts_routes(), api.routes()};
  served.counts.push_back(exporter.route());
  std::ranges::copy(accounting.routes(), std::back_inserter(served.admin));
  return served;
}

worker::UsageSink usage_sink(sfu::Accounting& accounting) {
  return {.take = [&accounting](relay::UsageReport report) { accounting.take(std::move(report)); },
          .started = [&accounting](const std::string& user_id) { accounting.place(user_id); }};
}

void keep_accounts(worker::WorkerPool& workers, sfu::Accounting& accounting, asio::io_context& context) {
  workers.report_to(usage_sink(accounting), context);
  asio::co_spawn(context, accounting.run(), asio::detached);
}

// What is served over HTTP after a reload.
std::function<void(const config::Config&)> serve_http_by(std::optional<ControlPlane>& control,
                                                         sfu::LiveKitService& livekit, PublicServer& web) {
  return [&](const config::Config& next) {
    control->replace(next.control, livekit.routes(next.livekit));
    web.replace(next);
  };
}

void serve_web(worker::WorkerPool& workers, PublicServer& web, asio::io_context& context) {
  const auto serve = [&web](net::FileDescriptor fd, const FiveTuple& client) {
    web.serve(std::move(fd), client);
  };
  workers.serve_http(serve, context);
}

void relay_in_kernel(worker::KernelEngine& engine, worker::WorkerPool& workers, asio::io_context& context) {
  workers.serve_in_kernel(engine.served());
  engine.run(context,
             [&workers](const worker::InterfaceSet& interfaces) { workers.serve_in_kernel(interfaces); });
}

// What somebody asks by a signal, and what happens to the host, its files and its names.
void follow_changes(asio::io_context& context, node::Steering& steering, Reconfiguration& reconfiguration) {
  asio::co_spawn(context, serve_ends(context, steering, reconfiguration), asio::detached);
  asio::co_spawn(context, serve_reloads(context, reconfiguration), asio::detached);
  asio::co_spawn(context, follow_host([&reconfiguration] { reconfiguration.follow_host(); }), asio::detached);
  asio::co_spawn(context, reconfiguration.watch_certificate(), asio::detached);
  asio::co_spawn(context, reconfiguration.follow_network(), asio::detached);
}

std::uint64_t descriptors_with_room() {
  const std::uint64_t descriptors = net::raise_descriptor_limit();
  net::make_room_for_descriptors(descriptors);
  return descriptors;
}

// Whoever started the process learns how it is, and that all threads are alive.
asio::awaitable<void> tell_service(const ServiceManager& service, worker::WorkerPool& workers,
                                   const Reconfiguration& reconfiguration) {
  if (!service.is_there()) co_return;
  const Duration interval =
      std::min<Duration>(kStatusInterval, service.watchdog().value_or(kStatusInterval) / 3);
  asio::steady_timer timer(co_await asio::this_coro::executor);
  while (true) {
    if (co_await workers.answer()) service.say_alive();
    service.say_status(status_of(workers, reconfiguration));
    timer.expires_after(interval);
    co_await timer.async_wait(asio::use_awaitable);
  }
}

}  // namespace

int serve(const config::Config& config, const ConfigSource& source, const config::Found& found) {
  std::signal(SIGPIPE, SIG_IGN);  // whoever reads the log may leave
  log::open(config.log);
  log::tell_last_words();
  log::WriterThread log_writer;
  log_warnings(config);
  lookup::log_news({}, found);
  const std::uint64_t descriptors = descriptors_with_room();
  const HostState host = host_state(config.relay);
  warn_of_relays(config.relay, host);

  const std::size_t relays = std::max<std::size_t>(host.relays.size(), 1);  // one may come
  const auto user = user_to_become(config);
  const auto [engine, obstacle] = worker::KernelEngine::start(kernel_engine_options(config, relays, user));
  const Resources resources{descriptors, worker::worker_count(config), relays};
  worker::WorkerPool workers(with_capacity(config, resources), host.relays, engine.get(), user);
  crypto::OpenSslRandom random;
  // Signals are taken on this thread before others exist: they inherit the mask that Asio's handlers need.
  asio::io_context context(1);
  livekit::RoomRegistry registry(livekit::RegistryOptions{});
  sfu::Accounting accounting(registry, workers.ledger(), workers.meters(),
                             [&workers] { return workers.read_usage(); });
  keep_accounts(workers, accounting, context);
  sfu::LiveKitService livekit(config, workers.ledger(), registry, accounting, revoke_by(workers));
  FleetPart fleet(context, config, random, workers, livekit, accounting);
  const ServiceManager service;
  const auto read_usage = [&] { asio::co_spawn(context, accounting.read(), asio::detached); };
  admin::Gate gate(config.control, net::host_name());
  std::optional<ControlPlane> control;
  PublicServer web(context, config, relays_of(workers));
  serve_web(workers, web, context);
  const auto serve_http = serve_http_by(control, livekit, web);
  Reconfiguration reconfiguration(
      config, source, found, resources, host,
      {workers, livekit, fleet.service, fleet.quotas, service, read_usage, gate, serve_http});
  fleet.steer(reconfiguration, resources, engine != nullptr);
  const auto obstacle_now = [&] { return obstacle_of(workers, reconfiguration); };
  metrics::Exporter exporter(
      {TURNPIKE_VERSION, workers, engine.get(), obstacle_now,
       figures_of_main(reconfiguration, livekit, accounting, registry, web, fleet.service, fleet.quotas)});
  admin::Api api({workers, registry, engine.get(), engine_report(config.relay.engine, obstacle)},
                 process_of(reconfiguration, workers, fleet));
  control.emplace(context, config.control, obstacle_now, gate,
                  served_by(livekit.routes(config.livekit), exporter, accounting, api),
                  proxies_by(reconfiguration));
  give_up_privileges(config, user);
  // Privileges are a thread's, and the engine has forked its helper by now.
  log_writer.start();
  follow_changes(context, *fleet.steering, reconfiguration);
  fleet.start();
  sfu::Reconciler reconciler(livekit_by(reconfiguration), livekit, reconciles_by(fleet.service));
  asio::co_spawn(context, reconciler.run(), asio::detached);
  if (engine) relay_in_kernel(*engine, workers, context);
  context.poll();
  std::atomic<bool> failed = false;
  workers.start([&] {
    failed = true;
    context.stop();
  });
  log_started(config, source.file, host.relays, workers, engine != nullptr, descriptors,
              capacity_of(config, resources));
  service.say_ready();
  asio::co_spawn(context, tell_service(service, workers, reconfiguration), asio::detached);
  context.run();
  service.say_stopping();
  fleet.service.leave();
  workers.stop();
  log::write(log::Event::stopped);
  return failed ? kExitFailed : kExitOk;
}

}  // namespace turnpike::app
