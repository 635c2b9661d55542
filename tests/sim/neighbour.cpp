// What a server does in a district: its effects, and whom it would send its clients to.
#include "neighbour.hpp"

#include <algorithm>

namespace turnpike::sim {
namespace {

turn::LedgerOptions ledger_options(const Neighbour::Options& options) {
  turn::LedgerOptions ledger;
  ledger.addresses = {IpAddress::v4(203, 0, 113, static_cast<std::uint8_t>(options.number + 1))};
  ledger.ports = {50000, static_cast<std::uint16_t>(50000 + options.ports - 1)};
  ledger.allocations_max = options.ports;
  return ledger;
}

}  // namespace

Neighbour::Neighbour(const Options& options, Timeline& timeline, Dice& dice, Send send)
    : options_(options),
      timeline_(timeline),
      dice_(dice),
      send_(std::move(send)),
      ledger_(ledger_options(options)) {
  const turn::Authenticator authenticator(
      std::string(kRealm),
      turn::NonceFactory(turn::NonceFactory::random_key(dice.random()), std::chrono::hours(1)),
      turn::CheckExpiry::allocate);
  const turn::Policies policies{options.credentials,
                                std::make_shared<turn::PeerPolicy>(turn::PeerRules{}, ledger_.live_relays())};
  for (std::uint32_t worker = 0; worker < options.workers; ++worker) {
    turn::ServerOptions of_worker;
    of_worker.worker = worker;
    workers_.push_back(
        std::make_unique<turn::Server>(of_worker, authenticator, policies, ledger_, dice.random()));
  }
}

ServerEndpoint Neighbour::address(std::uint32_t number, Family family) {
  const std::string last = std::to_string(number + 1);
  const std::string text = family == Family::ipv4 ? "192.0.2." + last : "2001:db8::" + last;
  return {*IpAddress::parse(text), 3478};
}

// The kernel hashes the ports of both ends.
void Neighbour::on_datagram(const FiveTuple& tuple, Bytes bytes) {
  const std::uint32_t number = tuple.client.port % options_.workers;
  turn::Server& worker = *workers_[number];
  worker.on_client(bytes, {tuple, {number, 1}}, timeline_.clocks());
  perform_effects(worker);
}

// The least loaded first, as they were when they were heard of last.
turn::Alternates Neighbour::alternates() const {
  std::vector<Bulletin> others = news_;
  std::erase_if(others, [&](const Bulletin& each) { return each.number == options_.number || each.drains; });
  std::ranges::stable_sort(others, {}, &Bulletin::load);
  std::vector<turn::AlternateServer> servers;
  for (const Bulletin& each : others) {
    turn::AlternateServer& server = servers.emplace_back();
    server.has_enough = each.has_enough;
    for (const Family family : {Family::ipv4, Family::ipv6})
      server.ways.push_back({Transport::udp, address(each.number, family).plain()});
  }
  return {has_enough(), std::move(servers)};
}

void Neighbour::tick() {
  const auto known = std::make_shared<const turn::Alternates>(alternates());
  for (const auto& worker : workers_) {
    worker->set_alternates(known);
    worker->on_deadline(timeline_.clocks());
    perform_effects(*worker);
  }
}

void Neighbour::drain() {
  draining_ = true;
  for (const auto& worker : workers_) worker->drain();
}

void Neighbour::perform_effects(turn::Server& worker) {
  const Now now = timeline_.clocks();
  while (auto effect = worker.next_effect()) {
    if (auto* message = std::get_if<turn::SendToClient>(&*effect)) {
      send_(message->to.tuple, std::move(message->bytes));
    } else if (const auto* wanted = std::get_if<turn::OpenRelay>(&*effect)) {
      timeline_.after(dice_.between({}, std::chrono::milliseconds(2)), [this, &worker, wanted = *wanted] {
        worker.on_relay_opened(wanted.allocation, wanted.relay, {}, timeline_.clocks());
        perform_effects(worker);
      });
    } else if (const auto* asked = std::get_if<turn::EndAbandoned>(&*effect)) {
      worker.on_abandoned_ended(asked->allocation, now);
    } else if (const auto* closed = std::get_if<turn::CloseRelay>(&*effect)) {
      worker.on_relay_closed(closed->relay, now);
    } else if (const auto* started = std::get_if<turn::AllocationStarted>(&*effect)) {
      alive_.insert(started->client.tuple);
    } else if (const auto* ended = std::get_if<turn::AllocationEnded>(&*effect)) {
      alive_.erase(ended->client.tuple);
    }
  }
}

}  // namespace turnpike::sim
