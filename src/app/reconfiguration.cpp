#include "turnpike/app/reconfiguration.hpp"

#include <exception>
#include <utility>

#include "turnpike/config/keys.hpp"
#include "turnpike/config/print.hpp"
#include "turnpike/log/log.hpp"
#include "turnpike/net/clock.hpp"
#include "turnpike/net/tls_files.hpp"

namespace turnpike::app {
namespace {

namespace asio = boost::asio;

constexpr Duration kCertificateInterval = std::chrono::seconds(1);

// What a reload may change; whatever else the file says by now waits for a restart.
config::Config reloaded(const config::Config& running, const config::Config& fresh) {
  config::Config next = running;
  next.realm = fresh.realm;
  next.listen = fresh.listen;
  next.relay.ports = fresh.relay.ports;
  next.tls = fresh.tls;
  next.credentials = fresh.credentials;
  next.credentials.check_expiry = running.credentials.check_expiry;
  next.peers = fresh.peers;
  next.limits = fresh.limits;
  next.log = fresh.log;
  next.control.token_file = fresh.control.token_file;
  next.control.token = fresh.control.token;
  next.control.hosts = fresh.control.hosts;
  next.warnings = fresh.warnings;
  return next;
}

std::vector<net::FileStamp> stamps_of(const config::TlsConfig& tls) {
  return {net::stamp_of(tls.certificate), net::stamp_of(tls.key)};
}

std::vector<std::string> texts(const std::vector<IpAddress>& addresses) {
  std::vector<std::string> texts;
  for (const IpAddress& address : addresses) texts.push_back(address.to_string());
  return texts;
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

Reconfiguration::Reconfiguration(config::Config running, Load load, const Resources& resources,
                                 HostState host, const Parts& parts)
    : started_(running),
      running_(std::move(running)),
      load_(std::move(load)),
      resources_(resources),
      host_(std::move(host)),
      parts_(parts),
      certificate_(stamps_of(running_.tls)) {}

std::string Reconfiguration::reload() {
  parts_.service.say_reloading(net::read_clock().monotonic);
  refusal_.clear();
  try {
    load_and_replace();
    log::write(log::Event::reloaded);
  } catch (const std::exception& error) {
    refusal_ = error.what();
    if (const std::string fault = reopen(running_.log); !fault.empty() && fault != refusal_)
      refusal_ += "; " + fault;
    log::write(log::Event::reload_refused, {{"reason", refusal_}});
  }
  follow_host();
  parts_.service.say_ready();
  return refusal_;
}

void Reconfiguration::load_and_replace() {
  const config::Config fresh = load_();
  const config::Config next = reloaded(started_, fresh);
  auto certificate = stamps_of(next.tls);
  // Whatever can fail comes first: then all changes, or nothing.
  const auto replaceable = parts_.workers.make_replaceable(with_capacity(next, resources_));
  auto listeners = parts_.workers.open_listeners(next.listen);
  log::open(next.log);
  certificate_ = std::move(certificate);
  certificate_failed_ = false;
  parts_.workers.replace(replaceable);
  parts_.workers.change_listeners(std::move(listeners));
  parts_.livekit.reload(next);
  parts_.gate.reload(next.control);
  parts_.read_usage();
  for (const std::string& warning : next.warnings)
    log::write(log::Event::configuration, {{"warning", warning}});
  if (auto waiting = changed_keys(next, fresh); !waiting.empty())
    log::write(log::Event::restart_needed,
               {{"reason", std::string("a key has changed that a reload leaves alone")}, {"keys", waiting}});
  running_ = next;
}

void Reconfiguration::follow_host() {
  HostState now = host_state(running_.relay);
  if (now == host_ || now.addresses.empty()) return;  // the latter: the system does not say
  const HostState before = std::exchange(host_, std::move(now));
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
    const auto report = net::examine({running_.tls.certificate, running_.tls.key}, net::read_clock().unix_s);
    log::write(log::Event::certificate_taken, {{"certificate", running_.tls.certificate},
                                               {"names", report.names},
                                               {"expires", net::date_of(report.expires_unix_s.value_or(0))}});
  } catch (const std::exception& error) {
    if (!is_another) log::write(log::Event::certificate_refused, {{"reason", std::string(error.what())}});
    certificate_failed_ = is_another;
  }
}

}  // namespace turnpike::app
