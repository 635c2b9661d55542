// From the client's outputs to the link, and from the link to the client.
#include "turnpike/probe/client.hpp"

#include <utility>

#include "turnpike/client/explain.hpp"
#include "turnpike/net/clock.hpp"

namespace turnpike::probe {
namespace {

TimePoint now() { return net::read_clock().monotonic; }

}  // namespace

Client::Client(boost::asio::io_context& io, boost::asio::ssl::context& tls, const client::ServerUri& uri,
               const Endpoint& server, client::ClientOptions options, OnData on_data)
    : io_(io),
      tls_(tls),
      uri_(uri),
      options_(std::move(options)),
      on_data_(std::move(on_data)),
      client_(options_, random_),
      itinerary_(server),
      timer_(io) {
  open();
}

// What a server says to whom it has sent away does not matter any more.
void Client::open() {
  state_.opened = false;
  const auto is_current = [this, number = links_.size() + 1] { return links_.size() == number; };
  links_.push_back(open_probe_link(io_, tls_, uri_, itinerary_.server(),
                                   {.opened =
                                        [this, is_current] {
                                          if (is_current()) on_opened();
                                        },
                                    .received =
                                        [this, is_current](Bytes bytes) {
                                          if (!is_current()) return;
                                          client_.on_receive(bytes, now());
                                          flush();
                                        },
                                    .failed =
                                        [this, is_current](std::string reason) {
                                          if (!is_current()) return;
                                          state_.may_have_allocation = false;  // nobody can be asked any more
                                          fail(std::move(reason));
                                        }}));
}

void Client::on_opened() {
  state_.opened = true;
  if (asks_at_once_) allocate();
}

// The credentials are the same, the nonce is not; over TLS the name in the certificate may be another one
// (RFC 8489 10).
void Client::follow(const client::Redirection& redirection) {
  state_.sent_to.push_back(client::describe(redirection));
  if (uri_.is_secure() && !redirection.domain.empty()) uri_.host = redirection.domain;
  begin_anew();
}

void Client::begin_anew() {
  client_ = client::TurnClient(options_, random_);
  asks_at_once_ = true;
  open();
}

void Client::binding() {
  client_.binding(now());
  flush();
}

void Client::allocate() {
  state_.may_have_allocation = true;
  client_.allocate(now());
  flush();
}

void Client::allocate_beside(const Client& other) {
  if (other.server() == server()) return allocate();
  uri_ = other.uri_;
  itinerary_ = other.itinerary_;
  begin_anew();
}

void Client::permit(const Endpoint& peer) {
  client_.create_permission({peer}, now());
  flush();
}

void Client::bind_channel(const Endpoint& peer) {
  client_.bind_channel(peer, now());
  flush();
}

void Client::send(const Endpoint& peer, Bytes payload) {
  client_.send(peer, payload);
  flush();
}

void Client::end() {
  client_.refresh(0, now());
  flush();
}

void Client::flush() {
  for (client::Output& output : client_.drain()) {
    if (auto* transmit = std::get_if<client::Transmit>(&output)) {
      links_.back()->send(std::move(transmit->bytes));
    } else {
      note(output);
    }
  }
  const auto deadline = client_.next_deadline();
  if (deadline == timer_at_) return;
  timer_at_ = deadline;
  timer_.cancel();
  if (!deadline) return;
  timer_.expires_at(std::chrono::steady_clock::time_point(deadline->time_since_epoch()));
  timer_.async_wait([this](boost::system::error_code error) {
    if (error) return;
    timer_at_.reset();
    client_.on_deadline(now());
    flush();
  });
}

void Client::note(const client::Output& output) {
  if (const auto* data = std::get_if<client::Data>(&output)) {
    on_data_(*data);
  } else if (const auto* mapped = std::get_if<client::MappedAddress>(&output)) {
    state_.mapped = mapped->mapped;
  } else if (const auto* allocated = std::get_if<client::Allocated>(&output)) {
    state_.allocated = *allocated;
  } else if (std::holds_alternative<client::PermissionCreated>(output) ||
             std::holds_alternative<client::ChannelBound>(output)) {
    state_.permitted = true;
  } else if (const auto* refreshed = std::get_if<client::Refreshed>(&output)) {
    if (refreshed->lifetime_s == 0) state_.may_have_allocation = false;
  } else if (std::holds_alternative<client::IcmpReported>(output)) {
    state_.peer_unreachable = true;
  } else if (const auto* failed = std::get_if<client::Failed>(&output)) {
    note_failure(*failed);
  } else if (const auto* late = std::get_if<client::TimedOut>(&output)) {
    if (late->request.method == stun::Method::refresh) state_.may_have_allocation = false;
    fail(client::describe(*late));
  } else if (std::holds_alternative<client::StreamBroken>(output)) {
    fail("what answers is no TURN server");
  }
}

void Client::note_failure(const client::Failed& failed) {
  const stun::Method method = failed.request.method;
  if (method == stun::Method::allocate || method == stun::Method::refresh) state_.may_have_allocation = false;
  if (failed.redirection && itinerary_.follow(*failed.redirection)) return follow(*failed.redirection);
  state_.refused_by_rules = client::is_refused_by_rules(failed);
  fail(client::explain(failed, !options_.username.empty()));
}

void Client::fail(std::string reason) {
  if (state_.error.empty()) state_.error = std::move(reason);
}

}  // namespace turnpike::probe
