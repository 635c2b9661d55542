// The steps of a leg, each of which waits for its own outcome.
#include "turnpike/probe/leg.hpp"

#include <optional>
#include <utility>

#include "turnpike/net/asio.hpp"
#include "turnpike/net/clock.hpp"
#include "turnpike/probe/client.hpp"
#include "turnpike/probe/link.hpp"

namespace turnpike::probe {
namespace {

namespace asio = boost::asio;

TimePoint now() { return net::read_clock().monotonic; }

std::chrono::steady_clock::time_point to_steady(TimePoint time) {
  return std::chrono::steady_clock::time_point(time.time_since_epoch());
}

// All of one attempt. The io_context is declared before what runs on it, which it must outlive.
class Leg {
 public:
  Leg(const client::ServerUri& uri, const Endpoint& server, const Options& options, asio::ssl::context& tls)
      : uri_(uri), server_(server), options_(options), tls_(tls) {}

  LegResult run() {
    // Each step leaves its reason in result_.error when it fails.
    if (connect() && measure_binding() && uri_.is_turn() && allocate() && permit()) {
      exchange();
      end();
    }
    return std::move(result_);
  }

 private:
  bool has_second_client() const { return uri_.is_turn() && options_.peer == PeerKind::relay; }

  // Runs the clients until `done`; false, with the reason, when a client failed or `timeout` passed.
  template <class Done>
  bool wait_for(const char* what, Done done) {
    const TimePoint deadline = now() + options_.timeout;
    while (!done()) {
      if (!run_once(deadline)) return false;
      if (now() >= deadline) return fail(std::string(what) + " timed out");
    }
    return true;
  }

  // Handles all that is ready; if nothing is, waits for something until `deadline`. False, with the reason,
  // when a client failed.
  bool run_once(TimePoint deadline) {
    io_.restart();
    if (io_.poll() == 0) io_.run_one_until(to_steady(deadline));
    for (const auto* client : {&a_, &b_}) {
      if (*client && !(*client)->state().error.empty()) return fail((*client)->state().error);
    }
    return true;
  }

  bool fail(std::string reason) {
    result_.error = std::move(reason);
    return false;
  }

  template <class Predicate>
  bool both(Predicate predicate) const {
    return predicate(a_->state()) && (!b_ || predicate(b_->state()));
  }

  bool connect() {
    client::ClientOptions options{
        .username = options_.username, .password = options_.password, .transport = uri_.transport};
    // A socket of our own can only be reached from a relayed address of its family.
    if (options_.peer == PeerKind::self) options.allocate.family = server_.family();
    a_.emplace(io_, tls_, uri_, server_, options,
               [this](const client::Data& data) { tally_.on_received(data.bytes, now()); });
    if (has_second_client()) {
      b_.emplace(io_, tls_, uri_, server_, options,
                 [this](const client::Data& data) { b_->send(data.peer, data.bytes); });
    }
    return wait_for("connecting", [&] { return both([](const auto& state) { return state.opened; }); });
  }

  bool measure_binding() {
    const TimePoint start = now();
    a_->binding();
    if (!wait_for("Binding", [&] { return a_->state().mapped.has_value(); })) return false;
    result_.mapped = a_->state().mapped;
    result_.binding_rtt = now() - start;
    return true;
  }

  bool allocate() {
    a_->allocate();
    if (b_) b_->allocate();
    if (!wait_for("Allocate",
                  [&] { return both([](const auto& state) { return state.allocated.has_value(); }); }))
      return false;
    result_.relayed = a_->state().allocated->relayed.front();
    return true;
  }

  // A uses a channel and B a permission, so that both forms of data are seen to work.
  bool permit() {
    if (!b_) echo_.emplace(io_, a_->local().address);
    peer_ = b_ ? b_->state().allocated->relayed.front() : echo_->local();
    a_->bind_channel(peer_);
    if (b_) b_->permit(*result_.relayed);
    return wait_for("the permission",
                    [&] { return both([](const auto& state) { return state.permitted; }); });
  }

  void exchange() {
    const TimePoint start = now();
    bool good = true;
    for (std::uint32_t number = 0; number < options_.count && good; ++number) {
      const TimePoint due =
          start + std::chrono::nanoseconds(std::chrono::seconds(1)) * number / options_.packets_per_second;
      do good = run_once(due);
      while (good && now() < due);
      const auto packet = make_packet(number, options_.size);
      tally_.on_sent(now());
      a_->send(peer_, packet);
    }
    const TimePoint deadline = now() + options_.timeout;
    while (good && !tally_.is_complete() && now() < deadline) good = run_once(deadline);
    result_.traffic = tally_.summary();
  }

  // Gives the ports back; a server that does not answer any more has shown itself before.
  void end() {
    if (!result_.error.empty()) return;
    a_->end();
    if (b_) b_->end();
    wait_for("Refresh", [&] { return both([](const auto& state) { return state.ended; }); });
  }

  const client::ServerUri& uri_;
  Endpoint server_;
  const Options& options_;
  asio::ssl::context& tls_;
  asio::io_context io_;
  std::optional<Client> a_;
  std::optional<Client> b_;
  std::optional<Echo> echo_;
  Endpoint peer_;
  TrafficTally tally_;
  LegResult result_;
};

std::vector<Endpoint> resolve(const client::ServerUri& uri, boost::system::error_code& error) {
  if (const auto address = uri.address()) return {{*address, uri.port}};
  asio::io_context io;
  std::vector<Endpoint> endpoints;
  for (const auto& entry : asio::ip::udp::resolver(io).resolve(uri.host, "", error)) {
    if (const auto address = IpAddress::parse(entry.endpoint().address().to_string()))
      endpoints.push_back({*address, uri.port});
  }
  return endpoints;
}

LegResult try_addresses(const client::ServerUri& uri, const Options& options, asio::ssl::context& tls) {
  LegResult result;
  if (!uri.is_verifiable() && !options.insecure) {
    result.error = "a certificate cannot prove an address (RFC 8489 6.2.3): use a name, or --insecure";
    return result;
  }
  boost::system::error_code error;
  const auto servers = resolve(uri, error);
  if (error) result.error = error.message();
  for (const Endpoint& server : servers) {
    result = Leg(uri, server, options, tls).run();
    if (result.binding_rtt) break;
  }
  return result;
}

}  // namespace

LegResult run_leg(const client::ServerUri& uri, const Options& options, asio::ssl::context& tls) {
  LegResult result;
  try {
    result = try_addresses(uri, options, tls);
  } catch (const std::exception& problem) {
    result.error = problem.what();
  }
  result.uri = uri.to_string();
  result.transport = to_string(uri.transport);
  return result;
}

}  // namespace turnpike::probe
