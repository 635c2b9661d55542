#include "turnpike/app/reconfiguration.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <utility>

#include "turnpike/config/check.hpp"
#include "turnpike/config/keys.hpp"
#include "turnpike/config/names.hpp"
#include "turnpike/config/print.hpp"
#include "turnpike/log/log.hpp"
#include "turnpike/lookup/look_up.hpp"
#include "turnpike/net/clock.hpp"
#include "turnpike/net/tls_files.hpp"

namespace turnpike::app {
namespace {

namespace asio = boost::asio;

constexpr Duration kCertificateInterval = std::chrono::seconds(1);
constexpr Duration kNetworkInterval = std::chrono::seconds(30);
constexpr Duration kNetworkFirst = std::chrono::seconds(1);  // after which doubled, where it has not answered

// What a reload leaves alone waits for a restart.
config::Config reloaded(const config::Config& started, const config::Config& fresh) {
  config::Config next = fresh;
  next.workers = started.workers;
  next.relay.engine = started.relay.engine;
  next.user = started.user;
  return next;
}

// The one for all clients first, then those for the names that they ask for.
std::vector<net::TlsFiles> files_of(const config::TlsConfig& tls) {
  std::vector<net::TlsFiles> files{{tls.certificate, tls.key}};
  for (const auto& [name, pair] : tls.names) files.push_back({pair.certificate, pair.key});
  return files;
}

std::vector<net::FileStamp> stamps_of(const config::TlsConfig& tls) {
  std::vector<net::FileStamp> stamps;
  for (const net::TlsFiles& files : files_of(tls)) {
    stamps.push_back(net::stamp_of(files.certificate));
    stamps.push_back(net::stamp_of(files.key));
  }
  return stamps;
}

void tell_of_certificate(const net::TlsFiles& files) {
  const auto report = net::examine(files, net::read_clock().unix_s);
  log::write(log::Event::certificate_taken, {{"certificate", files.certificate},
                                             {"names", report.names},
                                             {"expires", net::date_of(report.expires_unix_s.value_or(0))}});
}

std::vector<std::string> texts(const std::vector<IpAddress>& addresses) {
  std::vector<std::string> texts;
  for (const IpAddress& address : addresses) texts.push_back(address.to_string());
  return texts;
}

bool has_obstacle(const config::Found& found) {
  return !found.external_obstacle.empty() ||
         std::ranges::any_of(found.hosts, [](const auto& host) { return !host.second.obstacle.empty(); });
}

// Empty: it is open again.
std::string reopen(const log::Options& options) {
  try {
    log::open(options);
    return "";
  } catch (const std::exception& error) {
    return error.what();
  }
}

}  // namespace

std::vector<std::string> changed_keys(const config::Config& one, const config::Config& other) {
  std::vector<std::string> changed;
  for (const config::Key& key : config::all_keys()) {
    if (print_value(key, one) != print_value(key, other)) changed.emplace_back(key.name);
  }
  return changed;
}

Reconfiguration::Reconfiguration(config::Config running, ConfigSource source, config::Found found,
                                 const Resources& resources, HostState host, const Parts& parts)
    : started_(running),
      running_(std::move(running)),
      source_(std::move(source)),
      found_(std::move(found)),
      ask_at_(net::read_clock().monotonic + (has_obstacle(found_) ? kNetworkFirst : kNetworkInterval)),
      ask_again_in_(kNetworkFirst),
      resources_(resources),
      host_(std::move(host)),
      parts_(parts),
      certificate_(stamps_of(running_.tls)) {}

asio::awaitable<std::string> Reconfiguration::reload() {
  parts_.service.say_reloading(net::read_clock().monotonic);
  refusal_.clear();
  try {
    load_and_replace(co_await lookup::look_up(source_.read(), found_));
    log::write(log::Event::reloaded);
  } catch (const std::exception& error) {
    refusal_ = error.what();
    if (const std::string fault = reopen(running_.log); !fault.empty() && fault != refusal_)
      refusal_ += "; " + fault;
    log::write(log::Event::reload_refused, {{"reason", refusal_}});
  }
  follow_host();
  parts_.service.say_ready();
  co_return refusal_;
}

// Whatever can fail comes first: then all changes, or nothing.
void Reconfiguration::load_and_replace(const config::Found& found) {
  const config::Config fresh = source_.load(found);
  const config::Config next = reloaded(started_, fresh);
  put_in_force(next);
  note(found);
  for (const std::string& warning : next.warnings)
    log::write(log::Event::configuration, {{"warning", warning}});
  if (auto waiting = changed_keys(next, fresh); !waiting.empty())
    log::write(log::Event::restart_needed,
               {{"reason", std::string("a key has changed that a reload leaves alone")}, {"keys", waiting}});
}

void Reconfiguration::put_in_force(const config::Config& next) {
  auto certificate = stamps_of(next.tls);
  const auto replaceable = parts_.workers.make_replaceable(with_capacity(next, resources_));
  auto listeners = parts_.workers.open_listeners(next.listen);
  log::open(next.log);
  parts_.serve_http(next);
  parts_.fleet.reload(next);
  certificate_ = std::move(certificate);
  certificate_failed_ = false;
  parts_.workers.replace(replaceable);
  parts_.quotas.reload(next.limits);
  parts_.workers.change_listeners(std::move(listeners));
  parts_.livekit.reload(next);
  parts_.gate.reload(next.control);
  parts_.read_usage();
  running_ = next;
}

asio::awaitable<void> Reconfiguration::follow_network() {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  while (true) {
    timer.expires_after(kNetworkFirst);
    co_await timer.async_wait(asio::use_awaitable);
    if (net::read_clock().monotonic < ask_at_ || lookup::needs_no_look_up(running_)) continue;
    const config::Config asked = running_;
    const config::Found found = co_await lookup::look_up(asked, found_);
    if (asked == running_) take(found);  // else a reload has come in between, and has asked itself
  }
}

void Reconfiguration::note(const config::Found& found) {
  ask_again_in_ = has_obstacle(found) ? std::min(2 * ask_again_in_, kNetworkInterval) : kNetworkFirst;
  ask_at_ = net::read_clock().monotonic + (has_obstacle(found) ? ask_again_in_ : kNetworkInterval);
  lookup::log_news(found_, found);
  found_ = found;
}

void Reconfiguration::take(const config::Found& found) {
  note(found);
  try {
    const config::Config next = config::with_found(running_, found);
    if (next == running_) return;
    config::throw_first_error(config::find_broken_rules(next, {}));
    put_in_force(next);
  } catch (const std::exception& error) {
    log::write(log::Event::configuration,
               {{"warning", fmt::format("what the network says is of no use: {}", error.what())}});
  }
  follow_host();
}

void Reconfiguration::follow_host() {
  HostState now = host_state(running_.relay);
  if (now == host_ || now.addresses.empty()) return;  // the latter: the system does not say
  const HostState before = std::exchange(host_, std::move(now));
  ask_at_ = {};  // others may see another relay address as another
  parts_.workers.set_relay_addresses(host_.relays);
  parts_.workers.replace(parts_.workers.with_addresses_of_now());
  if (host_.relays != before.relays)
    log::write(log::Event::relay_addresses, {{"relay_addresses", texts(host_.relays)}});
  if (host_.relays != before.relays || host_.obstacle != before.obstacle)
    warn_of_relays(running_.relay, host_);
}

asio::awaitable<void> Reconfiguration::watch_certificate() {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  while (true) {
    timer.expires_after(kCertificateInterval);
    co_await timer.async_wait(asio::use_awaitable);
    take_certificate();
  }
}

// A pair is two files: between the one and the other they do not fit, so a fault counts only when it is there
// a second later.
void Reconfiguration::take_certificate() {
  if (running_.listen.tls.empty()) return;
  auto now = stamps_of(running_.tls);
  const bool is_another = now != certificate_;
  if (!is_another && !certificate_failed_) return;
  certificate_ = std::move(now);
  try {
    parts_.workers.replace(parts_.workers.with_certificate_of_now());
    certificate_failed_ = false;
    for (const net::TlsFiles& files : files_of(running_.tls)) tell_of_certificate(files);
  } catch (const std::exception& error) {
    if (!is_another) log::write(log::Event::certificate_refused, {{"reason", std::string(error.what())}});
    certificate_failed_ = is_another;
  }
}

}  // namespace turnpike::app
