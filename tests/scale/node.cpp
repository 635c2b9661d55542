// What a node does in a tick and with a client's message.
#include "node.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace turnpike::scale {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::uint32_t kGiveBackEvery = 10;  // ticks
constexpr std::uint32_t kLifetime_s = 120;    // of an allocation that is not refreshed
constexpr const char* kRealm = "example.org";

std::uint8_t byte_of(std::size_t number) { return static_cast<std::uint8_t>(number); }

// As a node with its usual listeners has it.
fleet::NodeRecord record_of(const NodeOptions& options) {
  fleet::NodeRecord record;
  const ServerEndpoint at = Node::address(options.number);
  const ExternalEndpoint v4(at.address, at.port);
  const ExternalEndpoint v6(*IpAddress::parse(fmt::format("2001:db8::{:x}", options.number + 1)), 3478);
  record.addresses = {{Transport::udp, v4},
                      {Transport::tcp, v4},
                      {Transport::tls, v4.with_port(443)},
                      {Transport::udp, v6},
                      {Transport::tls, v6.with_port(443)}};
  record.certificate_name = fmt::format("n{}.turn.example.org", options.number);
  record.region = options.region;
  record.engine = "kernel";
  record.version = "0.1.0";
  record.urls = {fmt::format("turn:{}?transport=udp", at.to_string()),
                 fmt::format("turn:{}?transport=tcp", at.to_string()),
                 fmt::format("turns:n{}.turn.example.org:443?transport=tcp", options.number)};
  record.load.ports_total = options.capacity;
  return record;
}

turn::LedgerOptions ledger_of(const NodeOptions& options) {
  turn::LedgerOptions ledger;
  ledger.addresses = {IpAddress::v4(23, byte_of(options.number / 250), byte_of(options.number % 250 + 1), 2)};
  // Ports rest after use, and the load is for allocations alone.
  ledger.ports = {20000, static_cast<std::uint16_t>(20000 + 4 * options.capacity - 1)};
  ledger.allocations_max = options.capacity;
  ledger.allocations_per_user_max = options.places_max;
  return ledger;
}

}  // namespace

Node::Node(const NodeOptions& options, sim::Timeline& timeline, sim::Dice& dice, Store& store,
           Store::Line& line, Outside& outside)
    : options_(options),
      timeline_(timeline),
      store_(store),
      line_(line),
      outside_(outside),
      random_(dice.random().u64()),
      fleet_(std::make_unique<fleet::Fleet>(
          fleet::FleetOptions{.secret = "secret of the fleet, of 32 bytes",
                              .bytes_per_second_per_room = options.bytes_per_second_per_room},
          random_)),
      media_(fleet_->room_budgets()),
      alternates_(options.high_water),
      ledger_(ledger_of(options)),
      record_(record_of(options)) {
  line_.on_reply = [this] {
    catch_up();
    submit();
  };
  line_.on_names = [this](const fleet::Scan& scan, const std::string& next, bool is_empty) {
    catch_up();
    fleet_->on_names(scan, next, this->now());
    if (is_empty) fleet_->on_page(scan, {}, true, this->now());
    submit();
  };
  const turn::Authenticator authenticator(
      kRealm, turn::NonceFactory(turn::NonceFactory::random_key(random_), std::chrono::hours(1)),
      turn::CheckExpiry::allocate);
  const turn::Policies policies{options.credentials,
                                std::make_shared<turn::PeerPolicy>(turn::PeerRules{}, ledger_.live_relays())};
  turn::ServerOptions of_server;
  of_server.lifetime_default_s = kLifetime_s;
  server_ = std::make_unique<turn::Server>(of_server, authenticator, policies, ledger_, random_);
  describe();
}

ServerEndpoint Node::address(std::size_t number) {
  return {IpAddress::v4(23, byte_of(number / 250), byte_of(number % 250 + 1), 1), 3478};
}

std::optional<std::size_t> Node::number_of(const Endpoint& address) {
  const Bytes bytes = address.address.wire();
  if (bytes.size() != 4 || bytes[0] != 23 || bytes[2] == 0) return std::nullopt;
  return bytes[1] * std::size_t{250} + bytes[2] - 1;
}

Now Node::now() const {
  const Now now = timeline_.clocks();
  return {now.monotonic, now.unix_s + options_.ahead_s};
}

void Node::connect() {
  store_.connect(line_);
  fleet_->on_connected(now());
  submit();
}

void Node::disconnect() {
  if (!line_.is_up) return;
  catch_up();
  store_.cut(line_);
  fleet_->on_disconnected();
}

void Node::die() {
  disconnect();
  is_alive_ = false;
  server_->end_all(turn::EndReason::shutdown, now());
  perform_effects();
}

void Node::submit() { store_.submit(line_, fleet_->take_commands()); }

void Node::catch_up() {
  while (!line_.inbox.empty() && line_.inbox.front().at <= timeline_.now()) {
    const Store::Arrival arrival = std::move(line_.inbox.front());
    line_.inbox.pop_front();
    hear(arrival);
  }
}

void Node::hear(const Store::Arrival& arrival) {
  const Now then{arrival.at, now().unix_s};
  if (const auto* message = std::get_if<Store::Message>(&arrival.what)) {
    fleet_->on_message((*message)->channel, (*message)->message, then);
  } else if (const auto* entries = std::get_if<std::shared_ptr<const Store::Entries>>(&arrival.what)) {
    fleet_->on_entries(**entries, true);
  } else if (const auto* page = std::get_if<std::shared_ptr<const Store::Page>>(&arrival.what)) {
    fleet_->on_page((*page)->scan, (*page)->entries, (*page)->is_all, then);
  } else {
    const auto& answer = std::get<Store::Answered>(arrival.what);
    fleet_->on_answer(answer.number, answer.is_done, then);
  }
}

void Node::describe() {
  record_.load.ports_used = static_cast<std::uint32_t>(server_->allocation_count());
  fleet_->describe(record_);
}

void Node::tick() {
  if (!is_alive_) return;
  catch_up();
  describe();
  media_.tick(fleet_->nodes(), timeline_.now());
  fleet_->tick(now());
  enforce();
  if (++ticks_ % kGiveBackEvery == options_.number % kGiveBackEvery) give_back();
  if (const auto deadline = server_->next_deadline(); deadline && *deadline <= timeline_.now()) {
    server_->on_deadline(now());
    perform_effects();
  }
  submit();
}

void Node::enforce() {
  for (const fleet::Verdict& verdict : fleet_->bars().take_verdicts()) {
    if (!verdict.until) {
      ledger_.lift(verdict.user_id);
      continue;
    }
    ledger_.bar(verdict.user_id, *verdict.until);
    server_->revoke(verdict.user_id, now());
  }
  perform_effects();
}

bool Node::bar(const std::string& user_id, Duration life) {
  catch_up();
  const auto said = static_cast<fleet::Said>(timeline_.clocks().unix_s) * 1000;
  if (!fleet_->bars().bar(fleet::Authority::livekit, user_id, life, said, now())) return false;
  ledger_.bar(user_id, timeline_.now() + life);
  server_->revoke(user_id, now());
  perform_effects();
  submit();
  return true;
}

void Node::give_back() {
  for (const turn::Holder& holder : ledger_.holders()) {
    std::uint32_t surplus = fleet_->places().to_give_back(holder.user_id, options_.places_max);
    const auto ids = server_->allocation_ids_of(holder.user_id);
    for (auto id = ids.rbegin(); id != ids.rend() && surplus > 0; ++id, --surplus)
      given_back_ += server_->end(*id, turn::EndReason::revoked, now());
  }
  perform_effects();
}

std::vector<std::string> Node::nearest_urls(std::string_view region) {
  catch_up();
  fleet_->tick(now());
  return fleet::nearest_urls(fleet_->self(), fleet_->heard_lately(),
                             {.region = region, .high_water = options_.high_water}, random_);
}

// The fleet's limit, which a server alone does not know.
bool Node::is_beyond_quota(const FiveTuple& tuple, Bytes bytes) {
  const auto message = stun::MessageView::parse(bytes);
  if (!message || message->type() != stun::message_type(stun::Method::allocate, stun::Class::request))
    return false;
  const auto name = message->find(stun::Attr::username);
  if (!name || server_->has_allocation(tuple)) return false;
  const std::string user(as_text(*name));
  return ledger_.held_by(user) + fleet_->places().others_hold(user) >= options_.places_max;
}

void Node::look_for_alternate() {
  std::vector<turn::AlternateServer> servers;
  const bool redirects = alternates_.should_redirect(fleet_->self());
  if (redirects) {
    const auto found =
        alternates_.choose(fleet_->self(), fleet_->heard_lately(), Transport::udp, Family::ipv4, random_);
    if (found) servers.push_back({{{Transport::udp, found->endpoint.plain()}}, "", false});
  }
  server_->set_alternates(std::make_shared<const turn::Alternates>(redirects, std::move(servers)));
}

void Node::on_client(const FiveTuple& tuple, Bytes bytes) {
  if (!is_alive_) return;
  catch_up();
  if (is_beyond_quota(tuple, bytes)) {
    ++refused_for_others_;
    return outside_.to_client(tuple, {});
  }
  describe();
  look_for_alternate();
  server_->on_client(bytes, {tuple, {0, 1}}, now());
  perform_effects();
}

void Node::perform_effects() {
  const auto recount = [this](const std::string& user_id) {
    fleet_->places().hold(user_id, ledger_.held_by(user_id));
  };
  while (auto effect = server_->next_effect()) {
    if (auto* message = std::get_if<turn::SendToClient>(&*effect)) {
      outside_.to_client(message->to.tuple, std::move(message->bytes));
    } else if (const auto* wanted = std::get_if<turn::OpenRelay>(&*effect)) {
      server_->on_relay_opened(wanted->allocation, wanted->relay, {}, now());
    } else if (const auto* asked = std::get_if<turn::EndAbandoned>(&*effect)) {
      server_->on_abandoned_ended(asked->allocation, now());
    } else if (const auto* closed = std::get_if<turn::CloseRelay>(&*effect)) {
      server_->on_relay_closed(closed->relay, now());
    } else if (const auto* started = std::get_if<turn::AllocationStarted>(&*effect)) {
      recount(started->user_id);
      outside_.on_started(options_.number, started->user_id, started->client.tuple);
    } else if (const auto* ended = std::get_if<turn::AllocationEnded>(&*effect)) {
      recount(ended->user_id);
      outside_.on_ended(options_.number, ended->user_id, ended->client.tuple, ended->reason);
    } else if (const auto* refused = std::get_if<turn::RequestRefused>(&*effect)) {
      redirected_ += refused->refusal.cause == turn::Cause::redirected;
    }
  }
}

}  // namespace turnpike::scale
