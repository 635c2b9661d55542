// The steps of a leg, each of which waits for its own outcome.
#include "turnpike/probe/leg.hpp"

#include <fmt/format.h>

#include <optional>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "turnpike/net/asio.hpp"
#include "turnpike/net/clock.hpp"
#include "turnpike/probe/client.hpp"
#include "turnpike/probe/link.hpp"
#include "turnpike/probe/session.hpp"

namespace turnpike::probe {
namespace {

namespace asio = boost::asio;

constexpr std::uint32_t kKnock = UINT32_MAX;  // the number of a packet that no client has sent
constexpr Duration kKnockWait = std::chrono::milliseconds(500);

TimePoint now() { return net::read_clock().monotonic; }

// All of one attempt.
class Leg {
 public:
  Leg(const client::ServerUri& uri, const Endpoint& server, const Options& options, const Peer& peer,
      asio::ssl::context& tls)
      : uri_(uri), server_(server), options_(options), peer_(peer), tls_(tls), session_(options.timeout) {
    crypto::OpenSslRandom().fill(run_);
  }

  LegResult run() {
    const bool is_through = connect() && measure_binding() &&
                            (!uri_.is_turn() || (allocate() && permit() && knock() && exchange()));
    if (!is_through && result_.error.empty()) result_.error = session_.error();
    session_.end();
    result_.interrupted = session_.is_interrupted();
    return std::move(result_);
  }

 private:
  bool wait_for_all(bool (*done)(const Client::State&), std::string_view late) {
    return session_.wait_for_all(done, [&] { return std::string(late); });
  }

  bool connect() {
    client::ClientOptions options{
        .username = options_.username, .password = options_.password, .transport = uri_.transport};
    // A socket can only be reached from a relayed address of its family.
    if (peer_.kind == PeerKind::self) options.allocate.family = server_.family();
    if (peer_.kind == PeerKind::stun) options.allocate.family = peer_.at.family();
    a_ = &session_.add(tls_, uri_, server_, options, [this](const client::Data& data) { receive(data); });
    if (uri_.is_turn() && peer_.kind == PeerKind::relay)
      b_ = &session_.add(tls_, uri_, server_, options,
                         [this](const client::Data& data) { b_->send(data.peer, data.bytes); });
    return session_.wait_for_all([](const auto& state) { return state.opened; }, [this] { return silent(); });
  }

  bool measure_binding() {
    const TimePoint start = now();
    a_->binding();
    const auto is_answered = [this](const Client::State&) { return a_->state().mapped.has_value(); };
    if (!session_.wait_for_all(is_answered, [this] { return silent(); })) return false;
    result_.mapped = a_->state().mapped;
    result_.binding_rtt = now() - start;
    result_.is_local = a_->local().address == server_.address;
    return true;
  }

  std::string silent() const { return silence(uri_.transport, server_, a_->stage()); }

  // B goes where A was sent.
  bool allocate() {
    a_->allocate();
    const bool has_first = wait_for_allocation(*a_);
    result_.sent_to = a_->state().sent_to;
    if (!has_first) return false;
    result_.is_local = a_->local().address == a_->server().address;
    result_.relayed = a_->state().allocated->relayed.front();
    if (b_ == nullptr) return true;
    b_->allocate_beside(*a_);
    return wait_for_allocation(*b_);
  }

  bool wait_for_allocation(const Client& client) {
    return session_.wait_for_all([&](const Client::State&) { return client.state().allocated.has_value(); },
                                 [&] { return unanswered(client); });
  }

  std::string unanswered(const Client& client) const {
    if (client.server() == server_) return "Binding was answered, but Allocate was not";
    return fmt::format("the server sends its clients to {}, where Allocate was not answered",
                       client.server().to_string());
  }

  // A uses a channel and B a permission, so that both forms of data are seen to work.
  bool permit() {
    if (peer_.kind == PeerKind::self) peer_.at = echo_.emplace(session_.io(), a_->local().address).local();
    if (b_ != nullptr) peer_.at = b_->state().allocated->relayed.front();
    a_->bind_channel(peer_.at);
    if (b_ != nullptr) b_->permit(*result_.relayed);
    if (wait_for_all([](const auto& state) { return state.permitted; },
                     "Allocate was answered, but ChannelBind or CreatePermission was not"))
      return true;
    result_.peers_refused = a_->state().refused_by_rules || (b_ != nullptr && b_->state().refused_by_rules);
    if (result_.peers_refused) {
      const Endpoint refused = a_->state().refused_by_rules ? peer_.at : *result_.relayed;
      result_.error = fmt::format(
          "allocated, peers refused by the rules: the server's peers.allow does not name {} (403)",
          refused.to_string());
    }
    return false;
  }

  // A firewall lets in what answers. So a peer on another host sends first, before anything has left the
  // relay.
  bool knock() {
    if (!echo_ || result_.is_local) return true;
    result_.open_to_others = false;
    echo_->send(make_packet(kKnock, options_.size), *result_.relayed);
    bool good = true;
    const TimePoint deadline = now() + kKnockWait;
    while (good && !*result_.open_to_others && now() < deadline) good = session_.run_once(deadline);
    return good;
  }

  bool exchange() {
    const TimePoint start = now();
    bool good = true;
    for (std::uint32_t number = 0; number < options_.count && good; ++number) {
      const TimePoint due =
          start + std::chrono::nanoseconds(std::chrono::seconds(1)) * number / options_.packets_per_second;
      do good = session_.run_once(due);
      while (good && now() < due);
      if (!good) break;
      tally_.on_sent(now());
      a_->send(peer_.at, peer_.kind == PeerKind::stun ? make_question(run_, number)
                                                      : make_packet(number, options_.size));
    }
    const TimePoint deadline = now() + options_.timeout;
    while (good && !tally_.is_complete() && now() < deadline) good = session_.run_once(deadline);
    result_.traffic = tally_.summary();
    if (good && result_.traffic->received == 0) result_.error = nothing_came_back();
    return good;
  }

  void receive(const client::Data& data) {
    if (peer_.kind != PeerKind::stun) {
      const auto number = read_packet(data.bytes);
      if (number != kKnock) return tally_.on_received(number, data.bytes.size(), now());
      result_.open_to_others = true;
      return;
    }
    const auto answer = read_answer(data.bytes, run_);
    if (!answer) return;  // the peer may have more to say
    tally_.on_received(answer->number, data.bytes.size(), now());
    if (answer->seen) result_.seen_by_peer = answer->seen;
  }

  std::string nothing_came_back() const {
    const std::string peer = peer_.at.to_string();
    if (a_->state().peer_unreachable)
      return fmt::format("nothing listens at the peer UDP {} (ICMP says unreachable)", peer);
    switch (peer_.kind) {
      case PeerKind::relay:
        return "nothing came back from one relay to the other: a firewall drops UDP to the relay ports, or "
               "1:1 NAT is in between and relay.external does not say so";
      case PeerKind::self:
        return fmt::format("nothing came back from this host's socket at {}: a firewall or NAT is in between",
                           peer);
      case PeerKind::stun: break;
    }
    return fmt::format(
        "the server relays to the peer {}, but no Binding was answered: a STUN server answers; an SFU may "
        "answer none but its participants",
        peer);
  }

  const client::ServerUri& uri_;
  Endpoint server_;
  const Options& options_;
  Peer peer_;
  asio::ssl::context& tls_;
  Session session_;
  Client* a_ = nullptr;
  Client* b_ = nullptr;
  std::optional<Echo> echo_;
  Run run_{};
  TrafficTally tally_;
  LegResult result_;
};

LegResult try_addresses(const Target& target, const Options& options, const Peer& peer,
                        asio::ssl::context& tls) {
  const client::ServerUri& uri = target.uri;
  LegResult result;
  if (!uri.is_verifiable() && !options.insecure) {
    result.error = "a certificate cannot prove an address (RFC 8489 6.2.3): use a name, or --insecure";
    return result;
  }
  const auto servers = target.at ? std::vector<Endpoint>{{*target.at, uri.port}} : resolve(uri);
  for (const Endpoint& server : servers) {
    result = Leg(uri, server, options, peer, tls).run();
    if (result.binding_rtt || result.interrupted) break;
  }
  return result;
}

}  // namespace

std::vector<Endpoint> resolve(const client::ServerUri& uri) {
  if (const auto address = uri.address()) return {{*address, uri.port}};
  asio::io_context io;
  boost::system::error_code error;
  std::vector<Endpoint> endpoints;
  for (const auto& entry : asio::ip::udp::resolver(io).resolve(uri.host, "", error)) {
    if (const auto address = IpAddress::parse(entry.endpoint().address().to_string()))
      endpoints.push_back({*address, uri.port});
  }
  if (endpoints.empty())
    throw std::runtime_error(fmt::format("the name {} leads to no address: {}", uri.host, error.message()));
  return endpoints;
}

LegResult run_leg(const Target& target, const Options& options, const Peer& peer, asio::ssl::context& tls) {
  LegResult result;
  try {
    result = try_addresses(target, options, peer, tls);
  } catch (const std::exception& problem) {
    result.error = problem.what();
  }
  result.uri = target.uri.to_string();
  if (target.at && target.uri.address() != target.at)
    result.uri += fmt::format(" at {}", target.at->to_string());
  result.transport = to_string(target.uri.transport);
  return result;
}

}  // namespace turnpike::probe
