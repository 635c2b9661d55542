// From the client's outputs to the link, and from the link to the client.
#include "turnpike/probe/client.hpp"

#include <fmt/format.h>

#include <utility>

#include "turnpike/net/clock.hpp"

namespace turnpike::probe {
namespace {

TimePoint now() { return net::read_clock().monotonic; }

std::string_view method_name(stun::Method method) {
  switch (method) {
    case stun::Method::binding: return "Binding";
    case stun::Method::allocate: return "Allocate";
    case stun::Method::refresh: return "Refresh";
    case stun::Method::create_permission: return "CreatePermission";
    case stun::Method::channel_bind: return "ChannelBind";
    default: return "request";
  }
}

// The server's own words, made fit for a terminal, or the standard ones where it gave none.
std::string refusal(const client::Failed& failed) {
  std::string reason = failed.reason.empty()
                           ? std::string(stun::reason_phrase(static_cast<stun::ErrorCode>(failed.code)))
                           : failed.reason;
  for (char& c : reason) c = c >= ' ' && c <= '~' ? c : '?';
  return fmt::format("{} was refused: {} {}", method_name(failed.request.method), failed.code, reason);
}

}  // namespace

Client::Client(boost::asio::io_context& io, boost::asio::ssl::context& tls, const client::ServerUri& uri,
               const Endpoint& server, client::ClientOptions options, OnData on_data)
    : on_data_(std::move(on_data)), client_(std::move(options), random_), timer_(io) {
  link_ = open_probe_link(io, tls, uri, server,
                          {.opened = [this] { state_.opened = true; },
                           .received =
                               [this](Bytes bytes) {
                                 client_.on_receive(bytes, now());
                                 flush();
                               },
                           .failed = [this](std::string reason) { fail(std::move(reason)); }});
}

void Client::binding() {
  client_.binding(now());
  flush();
}

void Client::allocate() {
  client_.allocate(now());
  flush();
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
      link_->send(std::move(transmit->bytes));
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
    state_.ended = refreshed->lifetime_s == 0;
  } else if (const auto* failed = std::get_if<client::Failed>(&output)) {
    fail(refusal(*failed));
  } else if (const auto* late = std::get_if<client::TimedOut>(&output)) {
    fail(fmt::format("{} had no {}answer", method_name(late->request.method),
                     late->unverified ? "authentic " : ""));
  } else if (std::holds_alternative<client::StreamBroken>(output)) {
    fail("the server does not speak TURN");
  }
}

void Client::fail(std::string reason) {
  if (state_.error.empty()) state_.error = std::move(reason);
}

}  // namespace turnpike::probe
