#include "turnpike/node/steering.hpp"

#include <openssl/ssl.h>

#include <utility>

#include "turnpike/log/log.hpp"
#include "turnpike/net/certificate.hpp"
#include "turnpike/net/clock.hpp"
#include "turnpike/node/nearest.hpp"
#include "turnpike/node/report.hpp"

namespace turnpike::node {
namespace {

namespace asio = boost::asio;

std::vector<std::string> names_of_certificate(const net::TlsContext* tls) {
  const X509* const certificate = tls == nullptr ? nullptr : SSL_CTX_get0_certificate(tls->get());
  return certificate == nullptr ? std::vector<std::string>() : net::names_of(certificate);
}

}  // namespace

Steering::Steering(Parts parts)
    : parts_(std::move(parts)), redirects_(parts_.config().fleet.high_water, parts_.random) {
  look();
  parts_.fleet.describe_by([this](fleet::NodeRecord& self) { describe(self); });
  parts_.fleet.on_tick([this](const Now& now) { on_tick(now); });
  // Nobody is known to it yet; and where Redis is gone from the configuration there are no ticks.
  parts_.fleet.on_renewed([this] { redirect(parts_.fleet.fleet().self(), net::read_clock()); });
}

void Steering::look() {
  node::describe(parts_.config(),
                 {parts_.relays(), names_of_certificate(parts_.workers.tls()), parts_.engine, parts_.version,
                  load_, parts_.workers.is_draining()},
                 described_);
  if (prefixes_ == parts_.config().fleet.regions) return;
  prefixes_ = parts_.config().fleet.regions;
  regions_ = fleet::Regions(prefixes_);
}

// Ten times a second: what takes its time was done by look().
void Steering::describe(fleet::NodeRecord& self) const {
  self.addresses = described_.addresses;
  self.certificate_name = described_.certificate_name;
  self.region = described_.region;
  self.engine = described_.engine;
  self.version = described_.version;
  self.urls = described_.urls;
  self.load = described_.load;
  self.is_draining = parts_.workers.is_draining();
}

void Steering::on_tick(const Now& now) {
  redirect(parts_.fleet.fleet().self(), now);
  for (const fleet::Order& order : parts_.fleet.fleet().take_orders()) {
    if (parts_.workers.is_draining()) continue;
    log::write(log::Event::administration,
               {{"action", std::string(to_string(order.task))}, {"by", order.by}});
    drain();
  }
}

void Steering::redirect(const fleet::NodeRecord& self, const Now& now) {
  redirects_.set_high_water(parts_.config().fleet.high_water);
  const auto others = parts_.config().fleet.redirects ? parts_.fleet.fleet().heard_lately()
                                                      : std::vector<const fleet::NodeRecord*>();
  auto next = redirects_.update(self, others, parts_.workers.ledger().take_sent(), now.monotonic);
  if (next) parts_.workers.set_alternates(std::move(*next));
}

void Steering::drain() {
  fleet::NodeRecord self = parts_.fleet.fleet().self();
  self.is_draining = true;
  redirect(self, net::read_clock());
  parts_.drain();
}

asio::awaitable<void> Steering::run() {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  while (true) {
    const auto counters = worker::sum_of(co_await parts_.workers.read_counters());
    turn::Ledger& ledger = parts_.workers.ledger();
    Figures figures;
    figures.busy_permille = busy_.follow(counters.working, counters.waiting);
    figures.ports = ledger.scarcest_ports();
    figures.places = ledger.counts(net::read_clock().monotonic).places;
    figures.allocations_max = parts_.allocations_max();
    figures.bits_per_second = co_await parts_.workers.bits_per_second();
    load_ = load_of(figures);
    look();
    timer.expires_after(kInterval);
    co_await timer.async_wait(asio::use_awaitable);
  }
}

std::vector<std::string> Steering::urls_for(std::string_view region, const IpAddress& client) {
  if (!parts_.fleet.is_shared()) return {};
  const fleet::Fleet& fleet = parts_.fleet.fleet();
  return node::urls_for({region, client}, regions_, parts_.config().fleet.high_water, fleet.self(),
                        fleet.heard_lately(), parts_.random);
}

boost::json::object Steering::report(const Now& now) const {
  if (!parts_.fleet.is_shared()) return {{"is_in_fleet", false}};
  const fleet::Fleet& fleet = std::as_const(parts_.fleet).fleet();
  return fleet_json(fleet.self(), fleet.members(), parts_.fleet.is_connected(), now);
}

bool Steering::drain_node(const std::string& node_id) {
  fleet::Fleet& fleet = parts_.fleet.fleet();
  if (node_id != fleet.node_id()) return fleet.order(node_id, fleet::Task::drain);
  drain();
  return true;
}

}  // namespace turnpike::node
