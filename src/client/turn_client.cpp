// The client's requests, and what their responses and the passing of time lead to.
#include "turnpike/client/turn_client.hpp"

#include <algorithm>
#include <utility>

#include "turnpike/base/check.hpp"
#include "turnpike/stun/channel_data.hpp"
#include "turnpike/stun/classify.hpp"
#include "turnpike/stun/framing.hpp"

namespace turnpike::client {
namespace {

using std::chrono::seconds;
using stun::Class;
using stun::MessageView;
using stun::Method;

constexpr int kChallengesMax = 4;  // 401, and some 438 in a row; more is a server that never agrees
constexpr auto kPermissionRenewal = seconds(240);  // of 300 s
constexpr auto kChannelRenewal = seconds(540);     // of 600 s
constexpr auto kRefreshMargin = seconds(60);

constexpr int kTryAlternate = static_cast<int>(stun::ErrorCode::try_alternate);
constexpr int kUnauthenticated = static_cast<int>(stun::ErrorCode::unauthenticated);
constexpr int kStaleNonce = static_cast<int>(stun::ErrorCode::stale_nonce);
constexpr int kAllocationMismatch = static_cast<int>(stun::ErrorCode::allocation_mismatch);

// A minute before the end; half way through a lifetime that is shorter than two minutes.
Duration refresh_after(std::uint32_t lifetime_s) {
  const seconds lifetime(lifetime_s);
  return std::max(lifetime / 2, lifetime - kRefreshMargin);
}

}  // namespace

TurnClient::TurnClient(ClientOptions options, Random& random)
    : options_(std::move(options)),
      random_(&random),
      auth_(options_.username, options_.password, options_.legacy_auth),
      next_channel_(stun::kChannelMin) {}

void TurnClient::binding(TimePoint now) { start({.method = Method::binding}, 0, now); }

void TurnClient::allocate(TimePoint now) { start({.method = Method::allocate}, 0, now); }

void TurnClient::create_permission(std::vector<Endpoint> peers, TimePoint now) {
  TURNPIKE_CHECK(!peers.empty() && peers.size() <= kPeersMax);
  start({.method = Method::create_permission, .peers = std::move(peers)}, 0, now);
}

std::optional<std::uint16_t> TurnClient::bind_channel(const Endpoint& peer, TimePoint now) {
  auto known = channel_of_peer_.find(peer);
  if (known == channel_of_peer_.end()) {
    if (next_channel_ > stun::kChannelMax) return std::nullopt;
    known = channel_of_peer_.emplace(peer, next_channel_++).first;
    channels_.emplace(known->second, Channel{peer});
  }
  start({.method = Method::channel_bind, .peers = {peer}, .channel = known->second}, 0, now);
  return known->second;
}

void TurnClient::refresh(std::uint32_t lifetime_s, TimePoint now) {
  if (lifetime_s == 0) {
    agenda_.clear();
    std::erase_if(transactions_, [](const Transaction& t) { return t.request.method != Method::binding; });
  }
  start({.method = Method::refresh, .lifetime_s = lifetime_s}, 0, now);
}

void TurnClient::send(const Endpoint& peer, Bytes payload) {
  TURNPIKE_CHECK(payload.size() <= kPayloadMax);
  const auto number = channel_of_peer_.find(peer);
  if (number != channel_of_peer_.end() && channels_.at(number->second).bound) {
    const std::size_t size = is_stream(options_.transport) ? padded4(payload.size()) : payload.size();
    std::vector<std::uint8_t> bytes(stun::kChannelHeaderSize + size);
    stun::write_channel_header(bytes, number->second, payload.size());
    std::ranges::copy(payload, bytes.begin() + stun::kChannelHeaderSize);
    outputs_.push_back(Transmit{std::move(bytes)});
    return;
  }
  constexpr std::size_t kOtherAttributes =
      24 + 4 + 4 + 3;  // XOR-PEER-ADDRESS, DONT-FRAGMENT, header and padding of DATA
  std::vector<std::uint8_t> bytes(stun::kHeaderSize + kOtherAttributes + payload.size());
  stun::MessageBuilder message(bytes, Method::send, Class::indication, new_id());
  message.add_xor_address(stun::Attr::xor_peer_address, peer);
  if (options_.allocate.dont_fragment) message.add(stun::Attr::dont_fragment, Bytes{});
  message.add(stun::Attr::data, payload);
  bytes.resize(message.bytes().size());
  outputs_.push_back(Transmit{std::move(bytes)});
}

void TurnClient::start(Request request, int challenges, TimePoint now) {
  const stun::TransactionId id = new_id();
  std::vector<std::uint8_t> bytes(stun::kHeaderSize + attributes_size_max(request) + auth_.size_max());
  stun::MessageBuilder message(bytes, request.method, Class::request, id);
  add_attributes(message, request, options_.allocate);
  std::optional<Signature> signature;
  if (request.method != Method::binding && auth_.is_ready()) signature = auth_.sign(message);
  TURNPIKE_CHECK(!message.overflowed());
  bytes.resize(message.bytes().size());
  outputs_.push_back(Transmit{bytes});
  transactions_.push_back({.request = std::move(request),
                           .id = id,
                           .bytes = std::move(bytes),
                           .signature = signature,
                           .timer = RetransmissionTimer(is_stream(options_.transport), now),
                           .challenges = challenges});
}

void TurnClient::on_receive(Bytes bytes, TimePoint now) {
  if (!is_stream(options_.transport)) return on_message(bytes, now);
  if (stream_broken_) return;
  received_.insert(received_.end(), bytes.begin(), bytes.end());
  Bytes rest = received_;
  while (true) {
    const auto frame = stun::next_frame(rest, false);
    if (!frame) {
      stream_broken_ = true;
      received_.clear();
      outputs_.push_back(StreamBroken{});
      return;
    }
    if (!*frame || (*frame)->wire_size > rest.size()) break;
    on_message(rest.first((*frame)->size), now);
    rest = rest.subspan((*frame)->wire_size);
  }
  received_.erase(received_.begin(), received_.end() - static_cast<std::ptrdiff_t>(rest.size()));
}

void TurnClient::on_message(Bytes bytes, TimePoint now) {
  if (bytes.empty()) return;
  switch (stun::classify(bytes.front())) {
    case stun::PacketKind::channel_data: return on_channel_data(bytes);
    case stun::PacketKind::stun: break;
    default: return;
  }
  const auto message = MessageView::parse(bytes);
  if (!message) return;
  if (message->cls() == Class::indication) {
    if (auto output = read_indication(*message)) outputs_.push_back(std::move(*output));
  } else if (message->cls() != Class::request) {
    on_response(*message, now);
  }
}

void TurnClient::on_channel_data(Bytes bytes) {
  const auto data = stun::parse_channel_data(bytes);
  if (!data) return;
  const auto channel = channels_.find(data->number);
  if (channel == channels_.end()) return;
  outputs_.push_back(Data{channel->second.peer, {data->payload.begin(), data->payload.end()}, true});
}

void TurnClient::on_response(const MessageView& response, TimePoint now) {
  const auto found = find_transaction(response);
  if (found == transactions_.end()) return;
  const bool is_error = response.cls() == Class::error;
  const int code = is_error ? read_error(found->request, response).code : 0;
  const bool is_challenge =
      found->request.method != Method::binding && (code == kUnauthenticated || code == kStaleNonce);
  if (!is_challenge) {
    if (!options_.legacy_auth && is_bid_down(response)) return;
    if (found->signature && !is_verified(response, *found->signature)) return on_unverified(found);
  }
  const Transaction transaction = std::move(*found);
  transactions_.erase(found);
  if (is_challenge) {
    on_challenge(transaction, response, code, now);
  } else if (is_error) {
    on_error(transaction, response);
  } else {
    on_success(transaction.request, response, now);
  }
}

// RFC 8489 9.2.5: a datagram is dropped as if it never came, a stream gives no second chance.
void TurnClient::on_unverified(std::vector<Transaction>::iterator transaction) {
  transaction->saw_unverified = true;
  if (!is_stream(options_.transport)) return;
  const Request request = std::move(transaction->request);
  transactions_.erase(transaction);
  fail(TimedOut{request, true}, request);
}

void TurnClient::on_challenge(const Transaction& transaction, const MessageView& response, int code,
                              TimePoint now) {
  const bool refused = code == kUnauthenticated && transaction.signature && !auth_.is_other_realm(response);
  if (refused || transaction.challenges == kChallengesMax || !auth_.take_challenge(response)) {
    return fail(read_error(transaction.request, response), transaction.request);
  }
  start(transaction.request, transaction.challenges + 1, now);
}

void TurnClient::on_success(const Request& request, const MessageView& response, TimePoint now) {
  Output output = read_success(request, response);
  if (std::holds_alternative<Failed>(output)) return fail(std::move(output), request);
  if (request.method == Method::channel_bind) {
    if (const auto channel = channels_.find(request.channel); channel != channels_.end())
      channel->second.bound = true;
  }
  plan_renewal(request, output, now);
  outputs_.push_back(std::move(output));
}

void TurnClient::on_error(const Transaction& transaction, const MessageView& response) {
  const Request& request = transaction.request;
  Failed failure = read_error(request, response);
  const bool is_sent_away = failure.code == kTryAlternate && request.method == Method::allocate;
  if (is_sent_away && transaction.signature) failure.redirection = read_redirection(response);
  const bool no_allocation = request.method == Method::refresh && failure.code == kAllocationMismatch;
  if (no_allocation) forget_allocation();
  // An end that was asked for twice (RFC 8656 8.2).
  if (no_allocation && request.lifetime_s == 0U) return outputs_.push_back(Refreshed{0});
  fail(std::move(failure), request);
}

void TurnClient::fail(Output failure, const Request& request) {
  if (request.method == Method::channel_bind) {
    channels_.erase(request.channel);
    channel_of_peer_.erase(request.peers.front());
  }
  outputs_.push_back(std::move(failure));
}

void TurnClient::plan_renewal(const Request& request, const Output& done, TimePoint now) {
  if (const auto* allocated = std::get_if<Allocated>(&done)) {
    agenda_.set(renewing_refresh(), now + refresh_after(allocated->lifetime_s));
  } else if (const auto* refreshed = std::get_if<Refreshed>(&done)) {
    if (refreshed->lifetime_s == 0) return forget_allocation();
    agenda_.set(renewing_refresh(), now + refresh_after(refreshed->lifetime_s));
  } else if (std::holds_alternative<PermissionCreated>(done)) {
    agenda_.set(request, now + kPermissionRenewal);
  } else if (std::holds_alternative<ChannelBound>(done)) {
    agenda_.set(request, now + kChannelRenewal);
    // The channel brought a permission, which ends before it (RFC 8656 12).
    agenda_.set({.method = Method::create_permission, .peers = request.peers}, now + kPermissionRenewal);
  }
}

void TurnClient::forget_allocation() {
  agenda_.clear();
  channels_.clear();
  channel_of_peer_.clear();
  next_channel_ = stun::kChannelMin;
}

void TurnClient::on_deadline(TimePoint now) {
  while (auto request = agenda_.pop_due(now)) start(std::move(*request), 0, now);
  for (std::size_t i = 0; i < transactions_.size();) {
    Transaction& transaction = transactions_[i];
    const auto due = transaction.timer.advance(now);
    if (due == RetransmissionTimer::Due::send_again) outputs_.push_back(Transmit{transaction.bytes});
    if (due != RetransmissionTimer::Due::give_up) {
      ++i;
      continue;
    }
    const Transaction ended = std::move(transaction);
    transactions_.erase(transactions_.begin() + static_cast<std::ptrdiff_t>(i));
    fail(TimedOut{ended.request, ended.saw_unverified}, ended.request);
  }
}

std::optional<TimePoint> TurnClient::next_deadline() const {
  auto next = agenda_.next();
  for (const Transaction& transaction : transactions_)
    next = std::min(next.value_or(TimePoint::max()), transaction.timer.deadline());
  return next;
}

std::vector<Output> TurnClient::drain() { return std::exchange(outputs_, {}); }

std::vector<Transaction>::iterator TurnClient::find_transaction(const MessageView& response) {
  return std::ranges::find_if(transactions_, [&](const Transaction& t) {
    return t.id == response.transaction_id() && t.request.method == response.method();
  });
}

Request TurnClient::renewing_refresh() const {
  return {.method = Method::refresh, .lifetime_s = options_.allocate.lifetime_s};
}

stun::TransactionId TurnClient::new_id() {
  stun::TransactionId id;
  random_->fill(id);
  return id;
}

}  // namespace turnpike::client
