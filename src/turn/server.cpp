#include "turnpike/turn/server.hpp"

#include <algorithm>
#include <array>
#include <cassert>

#include "turnpike/stun/channel_data.hpp"

namespace turnpike::turn {
namespace {

using stun::Attr;
using stun::Class;
using stun::ErrorCode;
using stun::MessageView;
using stun::Method;

constexpr std::size_t kUnknownListedMax = 64;  // a 420 must fit its packet

// MSG-12: every unknown comprehension-required type, once.
std::vector<Attr> unknown_attributes(const MessageView& message) {
  std::vector<Attr> unknown;
  message.for_each([&](const stun::Attribute& attribute) {
    if (!stun::is_comprehension_required(attribute.type) || stun::is_known(attribute.type)) return;
    if (unknown.size() < kUnknownListedMax && std::ranges::find(unknown, attribute.type) == unknown.end())
      unknown.push_back(attribute.type);
  });
  return unknown;
}

Exchange exchange_of(const MessageView& message, const relay::Client& client) {
  return {client, message.method(), message.transaction_id(), message.has_fingerprint(), std::nullopt};
}

}  // namespace

Server::Server(const ServerOptions& options, Authenticator authenticator, Policies policies, Ledger& ledger,
               Random& random)
    : options_(options),
      authenticator_(std::move(authenticator)),
      policies_(std::move(policies)),
      ledger_(ledger),
      random_(random),
      binding_limiter_(options.unauthenticated_per_second),
      challenge_limiter_(options.unauthenticated_per_second),
      next_id_(relay::AllocationId{options.worker} << 48 | 1) {}

std::optional<Effect> Server::next_effect() {
  if (effects_.empty()) return std::nullopt;
  Effect effect = std::move(effects_.front());
  effects_.pop_front();
  return effect;
}

// Indications that reach the core carry nothing for it (MSG-16): the forwarder has taken Send. Responses
// match no transaction of ours.
void Server::on_client(Bytes message, const relay::Client& client, const Now& now) {
  const auto parsed = MessageView::parse(message);
  if (parsed && parsed->cls() == Class::request) on_request(*parsed, client, now);
}

Server::Handler Server::handler_of(Method method) {
  switch (method) {
    case Method::binding: return &Server::on_binding;
    case Method::allocate: return &Server::on_allocate;
    case Method::refresh: return &Server::on_refresh;
    case Method::create_permission: return &Server::on_create_permission;
    case Method::channel_bind: return &Server::on_channel_bind;
    default: return nullptr;
  }
}

// The order of checks is that of section 30 of the requirement matrix: authentication, unknown attributes,
// allocation, user, method rules.
void Server::on_request(const MessageView& message, const relay::Client& client, const Now& now) {
  const Handler handler = handler_of(message.method());
  if (handler == nullptr) return;
  Request request{message, exchange_of(message, client), now, std::nullopt, allocations_.find(client.tuple)};
  // An allocation whose end has come is gone, even if its deadline has not been served yet.
  if (request.allocation != nullptr) {
    expire_parts(*request.allocation, now.monotonic);
    request.allocation = allocations_.find(client.tuple);
  }
  if (message.method() != Method::binding && !authenticate(request)) return;
  if (reject_unknown_attributes(request)) return;
  (this->*handler)(request);
}

bool Server::authenticate(Request& request) {
  const Endpoint& source = request.exchange.client.tuple.client;
  const Identity* owner = request.allocation == nullptr ? nullptr : &request.allocation->identity;
  auto verdict =
      authenticator_.authenticate(request.message, source, *policies_.credentials, owner, request.now);
  if (auto* authenticated = std::get_if<Authenticated>(&verdict)) {
    request.identity = std::move(authenticated->identity);
    request.exchange.signature = authenticated->signature;
    return true;
  }
  const Refused& refused = std::get<Refused>(verdict);
  request.exchange.signature = refused.signature;
  const bool spoofable = request.exchange.client.tuple.transport == Transport::udp && !refused.signature;
  if (spoofable && !challenge_limiter_.allow(source.address, request.now.monotonic)) return false;
  if (!refused.challenge) {
    refuse(request.exchange, refused.code);
    return false;
  }
  const std::string nonce = authenticator_.fresh_nonce(source, *policies_.credentials, request.now.monotonic);
  refuse(request.exchange, refused.code,
         challenge_response(request.exchange, refused.code, {authenticator_.realm(), nonce}));
  return false;
}

bool Server::reject_unknown_attributes(const Request& request) {
  const auto unknown = unknown_attributes(request.message);
  if (unknown.empty()) return false;
  const FiveTuple& tuple = request.exchange.client.tuple;
  const bool spoofable = tuple.transport == Transport::udp && !request.exchange.is_signed();
  if (spoofable && !challenge_limiter_.allow(tuple.client.address, request.now.monotonic)) return true;
  refuse(request.exchange, ErrorCode::unknown_attribute,
         unknown_attributes_response(request.exchange, unknown));
  return true;
}

// TURN-GEN-02 and AUTH-28, for every method but Allocate.
bool Server::require_allocation(const Request& request) {
  if (request.allocation == nullptr) {
    refuse(request.exchange, ErrorCode::allocation_mismatch);
    return false;
  }
  if (request.allocation->identity.user_id != request.identity->user_id) {
    refuse(request.exchange, ErrorCode::wrong_credentials);
    return false;
  }
  request.allocation->heard = request.now.monotonic;
  return true;
}

void Server::on_binding(Request& request) {
  const FiveTuple& tuple = request.exchange.client.tuple;
  if (tuple.transport == Transport::udp &&
      !binding_limiter_.allow(tuple.client.address, request.now.monotonic))
    return;
  ResponseBuilder response(request.exchange, Class::success);
  response.message().add_xor_address(Attr::xor_mapped_address, tuple.client);
  respond(request.exchange.client, response.finish());
}

void Server::refuse(const Exchange& exchange, ErrorCode code) {
  refuse(exchange, code, error_response(exchange, code));
}

void Server::refuse(const Exchange& exchange, ErrorCode code, std::vector<std::uint8_t> response) {
  respond(exchange.client, std::move(response));
  emit(RequestRefused{exchange.client, static_cast<std::uint16_t>(exchange.method),
                      static_cast<std::uint16_t>(code)});
}

std::uint16_t Server::channel_max() const {
  return options_.rfc5766_channels ? stun::kChannelMaxRfc5766 : stun::kChannelMax;
}

// TURN-ALLOC-25: what the client asks for, within the server's bounds.
std::uint32_t Server::granted_lifetime_s(const std::optional<std::uint32_t>& asked_s) const {
  return std::max(options_.lifetime_default_s, std::min(asked_s.value_or(0), options_.lifetime_max_s));
}

Snapshot Server::snapshot() const {
  Snapshot snapshot{authenticator_.nonces().key(), next_id_, {}};
  for (const relay::AllocationId id : allocations_.ids())
    snapshot.allocations.push_back(*allocations_.find(id));
  return snapshot;
}

void Server::restore(const Snapshot& snapshot) {
  next_id_ = snapshot.next_id;
  authenticator_.nonces().set_key(snapshot.nonce_key);
  for (const Allocation& saved : snapshot.allocations) {
    ledger_.claim_place(saved.identity.user_id, saved.started);
    for (const RelayHalf& half : saved.halves) ledger_.claim_port(half.relay);
    Allocation& allocation = allocations_.insert(saved);
    allocation.meter = ledger_.meter_of(saved.identity.user_id);  // this process's number for the user
    for (const Permission& permission : allocation.permissions)
      emit(PublishRoute{allocation.route(permission)});
    for (const Channel& channel : allocation.channels) emit(PublishRoute{allocation.route(channel)});
  }
}

}  // namespace turnpike::turn
