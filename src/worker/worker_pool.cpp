#include "turnpike/worker/worker_pool.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <stdexcept>
#include <utility>

#include "turnpike/base/hash.hpp"
#include "turnpike/config/credentials.hpp"
#include "turnpike/log/log.hpp"
#include "turnpike/net/clock.hpp"
#include "turnpike/net/interfaces.hpp"
#include "turnpike/net/limits.hpp"
#include "turnpike/turn/answer_limits.hpp"
#include "turnpike/worker/policies.hpp"

namespace turnpike::worker {
namespace {

namespace asio = boost::asio;

// Rounded up, so that nobody has none of something; 0 is no limit.
std::size_t share_of(std::uint32_t all, std::uint32_t workers) { return (all + workers - 1) / workers; }

path::ConnectionLimits connection_limits(const config::LimitsConfig& limits) {
  return {limits.connections_per_ip, limits.connections, path::passed_descriptors(net::descriptor_limit())};
}
constexpr std::uint64_t kBytesPerVisitor = 600'000;  // each second: 2 Mb/s through two relays

bool has_byte_budgets(const config::LimitsConfig& limits) {
  return limits.bytes_per_second_per_user != 0 || limits.bytes_per_second_per_room != 0;
}

// A 16th of what there is, so that the page is no way to empty the pool; two are what one way takes.
std::uint32_t visitors_max(const config::Config& config) {
  if (!config::admits_visitors(config)) return 0;
  std::uint32_t places = std::uint32_t{config.relay.ports.max} - config.relay.ports.min + 1;
  if (config.limits.allocations != 0) places = std::min(places, config.limits.allocations);
  return std::clamp(places / 16, std::uint32_t{2}, relay::kVisitorMeters);
}

turn::PlacesOptions places_options(const config::Config& config) {
  const config::LimitsConfig& limits = config.limits;
  return {limits.allocations_per_user, limits.allocations_per_shared_user, limits.allocations,
          has_byte_budgets(limits) ? kMetersMax : 0, visitors_max(config)};
}

relay::ByteRates byte_rates(const config::Config& config) {
  const config::LimitsConfig& limits = config.limits;
  relay::ByteRates rates{limits.bytes_per_second_per_user, limits.bytes_per_second_per_room};
  if (config::admits_visitors(config))
    rates.per_visitor = rates.per_user == 0 ? kBytesPerVisitor : std::min(kBytesPerVisitor, rates.per_user);
  return rates;
}

turn::LedgerOptions ledger_options(const config::Config& config, std::vector<IpAddress> addresses,
                                   ReservedSockets& reserved) {
  turn::LedgerOptions options;
  options.addresses = std::move(addresses);
  options.ports = config.relay.ports;
  options.port_quiet = std::chrono::seconds(config.relay.port_quiet_s);
  const turn::PlacesOptions places = places_options(config);
  options.allocations_per_user_max = places.per_user_max;
  options.allocations_per_shared_user_max = places.per_shared_user_max;
  options.allocations_max = places.total_max;
  options.meters_max = places.meters_max;
  options.visitors_max = places.visitors_max;
  options.released = [&reserved](const RelayEndpoint& relay) { reserved.close(relay); };
  return options;
}

turn::ServerOptions server_options(const config::Config& config, std::uint32_t worker,
                                   std::shared_ptr<turn::AnswerLimits> answers) {
  turn::ServerOptions options;
  options.worker = worker;
  options.lifetime_default_s = config.limits.lifetime_default_s;
  options.lifetime_max_s = config.limits.lifetime_max_s;
  options.permissions_max = config.limits.permissions_per_allocation;
  options.channels_max = config.limits.channels_per_allocation;
  options.answers = std::move(answers);
  options.rfc5766_channels = config.compat.rfc5766_channels;
  options.strict_permissions = config.compat.strict_permissions;
  options.rfc3489 = config.compat.rfc3489;
  options.default_family = config.relay.default_family;
  options.external = AddressMap(config.relay.external);
  return options;
}

StreamSettings stream_settings(const config::Config& config, std::uint32_t workers) {
  return {share_of(config.limits.handshakes, workers), config::has_plain_http(config)};
}

std::shared_ptr<const net::TlsContext> make_tls(const config::Config& config,
                                                const std::shared_ptr<net::TicketKeys>& tickets) {
  if (config.listen.tls.empty()) return nullptr;
  const char* min_version = config.tls.min_version == config::TlsVersion::tls1_3 ? "1.3" : "1.2";
  net::TlsContext::Names names;
  for (const auto& [name, files] : config.tls.names)
    names[name] = net::TlsFiles{files.certificate, files.key, min_version};
  try {
    return std::make_shared<net::TlsContext>(
        net::TlsFiles{config.tls.certificate, config.tls.key, min_version}, names, tickets);
  } catch (const std::runtime_error& error) {
    throw config::ConfigError(fmt::format("tls: {}", error.what()));
  }
}

std::shared_ptr<const path::Passthrough> make_passthrough(const config::TlsConfig& config) {
  return config.passthrough.empty() ? nullptr : std::make_shared<const path::Passthrough>(config);
}

// What this host has, and what of the configuration it takes besides. The known ones where the system does
// not say, as where descriptors have run out: an allocation must not end for that.
using Addresses = std::shared_ptr<const std::vector<IpAddress>>;
Addresses addresses_here(const config::Config& config, const Addresses& known) {
  auto here = net::configured_addresses();
  if (here.empty() && known) return known;
  for (const IpAddress& address : config.relay.addresses) {
    if (net::can_bind(address)) here.push_back(address);
  }
  return std::make_shared<const std::vector<IpAddress>>(std::move(here));
}

turn::Policies policies_for(const config::Config& config, const turn::Ledger& ledger,
                            const Addresses& known) {
  const Addresses here = addresses_here(config, known);
  turn::Policies policies = make_policies(config, ledger, *here);
  policies.host_addresses = here;
  policies.realm = config.realm;
  policies.check_expiry = config.credentials.check_expiry;
  policies.nonce_life = std::chrono::seconds(config.nonce_life_s);
  policies.nonce_keys = turn::NonceFactory::shared_keys(config::fleet_secrets(config));
  return policies;
}

// One budget, whichever engine relays.
relay::Meters meters_of(const config::Config& config, const KernelEngine* engine) {
  const relay::ByteRates rates = byte_rates(config);
  if (engine != nullptr) return relay::Meters(rates, engine->budgets());
  return relay::Meters(rates, kMetersWithVisitors);
}

// Whoever comes then is refused; these were here before.
void warn_of_unmetered(std::size_t users) {
  if (users == 0) return;
  log::write(log::Event::configuration,
             {{"warning", fmt::format("limits.bytes_per_second: {} users have no byte limit, for {} have one",
                                      users, kMetersMax)}});
}

// The names of the first that are not among the others.
std::vector<std::string> beyond(const std::vector<std::string>& names,
                                const std::vector<std::string>& others) {
  std::vector<std::string> beyond;
  std::ranges::copy_if(names, std::back_inserter(beyond), [&](const std::string& name) {
    return std::ranges::find(others, name) == others.end();
  });
  return beyond;
}

// The body of a worker's thread. False: something has escaped from one of its turns.
bool run(Worker& worker, std::size_t index) {
  std::string reason = "an exception of an unknown kind";
  try {
    worker.run();
    return true;
  } catch (const std::exception& error) {
    reason = error.what();
  } catch (...) {
  }
  log::write(log::Event::worker_failed, {{"worker", static_cast<std::int64_t>(index)},
                                         {"step", std::string(worker.step())},
                                         {"reason", reason}});
  return false;
}

}  // namespace

std::uint64_t passed_max() { return path::passed_max(net::descriptor_limit()); }

std::uint32_t worker_count(const config::Config& config) {
  return config.workers != 0 ? config.workers : std::max(1U, std::thread::hardware_concurrency());
}

WorkerPool::WorkerPool(const config::Config& config, const std::vector<IpAddress>& relays,
                       KernelEngine* engine, const std::optional<net::User>& user)
    : ledger_(ledger_options(config, relays, reserved_)),
      meters_(meters_of(config, engine)),
      connections_(connection_limits(config.limits)),
      answers_per_second_(config.limits.unauthenticated_per_second_per_ip),
      answers_(std::make_shared<turn::AnswerLimits>(answers_per_second_)),
      engine_(engine) {
  const std::uint32_t count = worker_count(config);
  auto [open, listeners] =
      path::open_listeners({}, config.listen, {.workers = count, .gro = engine == nullptr, .owner = user});
  listeners_ = std::move(open);
  tell_engine();
  tickets_->share(config::fleet_secrets(config));
  in_force_ = make_replaceable(config);
  const auto& [tls, policies, taken] = in_force_;
  if (policies.credentials->empty()) {
    log::write(log::Event::no_credentials,
               {{"effect", std::string("every Allocate is refused until a credential source is given")}});
  }
  crypto::OpenSslRandom random;
  byte_hash_seed = random.u64();
  turn::NonceFactory nonces(turn::NonceFactory::random_key(random),
                            std::chrono::seconds(config.nonce_life_s));
  nonces.set_shared_keys(policies.nonce_keys.value());
  const turn::Authenticator authenticator(config.realm, std::move(nonces), config.credentials.check_expiry);
  const Shared shared{ledger_, meters_, connections_, reserved_, stream_settings(config, count)};
  for (std::uint32_t i = 0; i < count; ++i) {
    workers_.push_back(std::make_unique<Worker>(server_options(config, i, answers_), authenticator, policies,
                                                shared, std::move(listeners[i].opened), tls));
    workers_.back()->pass_through(make_passthrough(config.tls));
    if (engine != nullptr) {
      workers_.back()->use_kernel(
          {.flows = engine->flows(i, count),
           .facing = engine->facing(),
           .tell = [this](const kernel::ChannelKey& key) { owner_of(key.allocation).look_again(key); },
           .doubt = [engine](std::uint32_t interface) { engine->doubt(interface); },
           .ask = [engine](auto questions,
                           auto answer) { engine->ask(std::move(questions), std::move(answer)); }});
    }
  }
}

void WorkerPool::report_to(UsageSink sink, asio::io_context& context) {
  const auto take = [&context, take = std::move(sink.take)](relay::UsageReport report) {
    asio::post(context, [take, report = std::move(report)]() mutable { take(std::move(report)); });
  };
  std::function<void(const std::string&)> started;
  if (sink.started) {
    started = [&context, started = std::move(sink.started)](const std::string& user_id) {
      asio::post(context, [started, user_id] { started(user_id); });
    };
  }
  for (const auto& worker : workers_) worker->report_to(take, started);
}

void WorkerPool::serve_http(path::ClientPaths::HttpSink sink, asio::io_context& context) {
  for (const auto& worker : workers_) {
    worker->serve_http([sink, &context](net::FileDescriptor fd, const FiveTuple& client) {
      asio::post(context, [sink, client, fd = std::move(fd)]() mutable { sink(std::move(fd), client); });
    });
  }
}

void WorkerPool::share_quotas(asio::io_context& context) {
  for (const auto& worker : workers_) {
    worker->ask_all_to_end_abandoned(
        [this, &context](const turn::EndAbandoned& wanted, std::function<void()> done) {
          asio::co_spawn(context, end_abandoned(wanted, std::move(done)), asio::detached);
        });
  }
}

void WorkerPool::start(std::function<void()> on_failure) {
  for (std::size_t index = 0; index < workers_.size(); ++index) {
    threads_.emplace_back([index, &worker = *workers_[index], on_failure] {
      if (run(worker, index)) return;
      on_failure();
    });
  }
}

void WorkerPool::stop() {
  for (const auto& worker : workers_) worker->stop();
  for (std::thread& thread : threads_) thread.join();
}

void WorkerPool::set_alternates(turn::Alternates alternates) {
  const auto shared = std::make_shared<const turn::Alternates>(std::move(alternates));
  for (const auto& worker : workers_) worker->set_alternates(shared);
}

void WorkerPool::drain(const std::function<void()>& on_empty) {
  if (std::exchange(draining_, true)) return;
  filled_workers_ = workers_.size();
  for (const auto& worker : workers_) {
    worker->drain([this, on_empty] {
      if (--filled_workers_ == 0) on_empty();
    });
  }
}

std::string_view WorkerPool::obstacle() {
  if (draining_) return "draining";
  const TimePoint now = net::read_clock().monotonic;
  const std::string_view obstacle = connections_.obstacle(now);
  return obstacle.empty() && ledger_.is_exhausted(now) ? to_string(turn::Cause::no_free_port) : obstacle;
}

void WorkerPool::set_relay_addresses(const std::vector<IpAddress>& relays) {
  ledger_.set_addresses(relays, net::read_clock().monotonic);
}

WorkerPool::Replaceable WorkerPool::make_replaceable(const config::Config& config) const {
  return {make_tls(config, tickets_), policies_for(config, ledger_, in_force_.policies.host_addresses),
          config};
}

WorkerPool::Replaceable WorkerPool::with_addresses_of_now() const {
  return {in_force_.tls, policies_for(in_force_.config, ledger_, in_force_.policies.host_addresses),
          in_force_.config};
}

WorkerPool::Replaceable WorkerPool::with_certificate_of_now() const {
  return {make_tls(in_force_.config, tickets_), in_force_.policies, in_force_.config};
}

// Limits first, for allocations are judged again by what is in force then.
void WorkerPool::replace(const Replaceable& fresh) {
  in_force_ = fresh;
  tickets_->share(config::fleet_secrets(fresh.config));
  const config::LimitsConfig& limits = fresh.config.limits;
  const auto count = static_cast<std::uint32_t>(workers_.size());
  const config::RelayConfig& relay = fresh.config.relay;
  ledger_.set_ports(relay.ports, std::chrono::seconds(relay.port_quiet_s), net::read_clock().monotonic);
  ledger_.set_places(places_options(fresh.config));
  warn_of_unmetered(ledger_.unmetered());
  meters_.set_rates(byte_rates(fresh.config));
  connections_.set_limits(connection_limits(limits));
  if (limits.unauthenticated_per_second_per_ip != answers_per_second_) {
    answers_per_second_ = limits.unauthenticated_per_second_per_ip;
    answers_ = std::make_shared<turn::AnswerLimits>(answers_per_second_);
  }
  const auto passthrough = make_passthrough(fresh.config.tls);
  for (std::uint32_t i = 0; i < count; ++i) {
    workers_[i]->set_options(server_options(fresh.config, i, answers_), stream_settings(fresh.config, count));
    workers_[i]->reload(fresh.policies, fresh.tls);
    workers_[i]->pass_through(passthrough);
  }
}

path::ListenersOfAll WorkerPool::open_listeners(const config::ListenConfig& listen) const {
  return path::open_listeners(
      listeners_, listen,
      {.workers = static_cast<std::uint32_t>(workers_.size()), .gro = engine_ == nullptr});
}

void WorkerPool::change_listeners(path::ListenersOfAll fresh) {
  const auto before = listeners();
  listeners_ = std::move(fresh.open);
  tell_engine();
  for (std::size_t i = 0; i < workers_.size(); ++i)
    workers_[i]->change_listeners(std::move(fresh.changes[i]));
  const auto now = listeners();
  if (now != before)
    log::write(log::Event::listeners_changed,
               {{"opened", beyond(now, before)}, {"closed", beyond(before, now)}});
}

// Flows of a listener that has gone find no packets any more, and end with their allocations.
void WorkerPool::tell_engine() {
  if (engine_ == nullptr) return;
  std::vector<std::uint16_t> ports;
  for (const path::OpenListener& each : listeners_) {
    if (each.name.transport == Transport::udp) ports.push_back(each.name.local.port);
  }
  engine_->set_listener_ports(ports);
}

void WorkerPool::serve_in_kernel(const std::set<std::uint32_t>& interfaces) {
  for (const auto& worker : workers_) worker->serve_in_kernel(interfaces);
}

asio::awaitable<bool> WorkerPool::answer() {
  Question question = [this](std::size_t worker, std::function<void()> done) {
    workers_[worker]->read_counters([done = std::move(done)](const Counters&) { done(); });
  };
  co_return co_await ask("alive", std::move(question));
}

}  // namespace turnpike::worker
