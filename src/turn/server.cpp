#include "turnpike/turn/server.hpp"

#include <algorithm>

#include "turnpike/base/earlier.hpp"
#include "turnpike/turn/channel_bind.hpp"
#include "turnpike/turn/create_permission.hpp"
#include "turnpike/turn/legacy_binding.hpp"
#include "turnpike/turn/refresh.hpp"
#include "turnpike/turn/revise.hpp"
#include "turnpike/turn/unknown_attributes.hpp"

namespace turnpike::turn {
namespace {

using stun::Attr;
using stun::Class;
using stun::ErrorCode;
using stun::MessageView;
using stun::Method;

// What can be asked of an allocation, by its user.
using Handler = std::optional<Refusal> (*)(Core& core, const Request& request);
constexpr std::pair<Method, Handler> kHandlers[] = {
    {Method::refresh, refresh},
    {Method::create_permission, create_permission},
    {Method::channel_bind, channel_bind},
};

Handler handler_of(Method method) {
  const auto found = std::ranges::find(kHandlers, method, [](const auto& row) { return row.first; });
  return found == std::end(kHandlers) ? nullptr : found->second;
}

bool is_served(const MessageView& message) {
  const Method method = message.method();
  if (message.cls() == Class::indication) return method == Method::binding;
  return message.cls() == Class::request &&
         (method == Method::binding || method == Method::allocate || handler_of(method) != nullptr);
}

// Over UDP anybody can write anybody's address on an envelope.
bool is_spoofable(const Exchange& exchange) {
  return exchange.client.tuple.transport == Transport::udp && !exchange.is_signed();
}

bool is_wrong_key(Cause cause) {
  return cause == Cause::wrong_integrity || cause == Cause::unknown_user || cause == Cause::unknown_key;
}

// Every request but Allocate needs an allocation on its 5-tuple, and the user who made it (RFC 8656 5).
std::optional<Refusal> check_owner(const Request& request) {
  if (request.allocation == nullptr) return Refusal{Cause::no_allocation};
  if (request.allocation->identity.user_id != request.identity.user_id) return Refusal{Cause::other_user};
  request.allocation->heard = request.now.monotonic;
  return std::nullopt;
}

}  // namespace

Server::Server(const ServerOptions& options, Authenticator authenticator, Policies policies, Ledger& ledger,
               Random& random)
    : core_(options, std::move(policies), ledger, random),
      authenticator_(std::move(authenticator)),
      allocate_(core_, relay::AllocationId{options.worker} << 48 | 1),
      answers_(options.answers ? options.answers
                               : std::make_shared<AnswerLimits>(options.unauthenticated_per_second)) {}

// Of indications only Binding is for the core, as a keepalive (RFC 8489 6.3.2): the forwarder has taken Send.
// Responses match no transaction of ours.
void Server::on_client(Bytes message, const relay::Client& client, const Now& now) {
  if (core_.options.rfc3489 && is_legacy_binding(message)) return on_legacy_binding(message, client, now);
  const auto parsed = MessageView::parse(message);
  if (!parsed || !is_served(*parsed)) return;
  Allocation* const allocation = core_.live.find(client.tuple, now.monotonic);
  if (allocation != nullptr && parsed->method() == Method::binding) allocation->heard = now.monotonic;
  if (parsed->cls() != Class::request) return;
  Exchange exchange{client, parsed->method(), parsed->transaction_id(), parsed->has_fingerprint()};
  Request request{*parsed, std::move(exchange), now, {}, allocation};
  if (!may_try_key(request)) return;
  if (const auto refusal = serve(request)) refuse(request, *refusal);
}

// The order of checks is that of RFC 8489 6.3 and RFC 8656 5: authentication, unknown attributes, allocation,
// user, method rules.
std::optional<Refusal> Server::serve(Request& request) {
  const Method method = request.message.method();
  if (method != Method::binding) {
    if (auto refusal = authenticate(request)) return refusal;
  }
  if (!unknown_attributes(request.message).empty()) return Refusal{Cause::unknown_attribute};
  if (method == Method::binding) return answer_binding(request);
  if (method == Method::allocate) return allocate_.on_request(request);
  if (auto refusal = check_owner(request)) return refusal;
  return handler_of(method)(core_, request);
}

// What strangers ask over streams their path has counted (path::StreamPath).
AnswerLimiter* Server::guesses_of(const Request& request) const {
  if (request.exchange.client.tuple.transport == Transport::udp) return &answers_->guesses;
  return request.allocation == nullptr ? nullptr : &answers_->stream_requests;
}

// Whoever has tried too many keys does not learn whether the next one is right. The budget is that of an
// address which nobody else can spend: a key is tried only under a nonce that was sent there. What names the
// allocation's own user goes on meanwhile.
bool Server::may_try_key(const Request& request) const {
  if (request.exchange.method == Method::binding || !request.message.has_integrity()) return true;
  if (request.allocation != nullptr && authenticator_.names(request.message, request.allocation->identity))
    return true;
  const AnswerLimiter* const guesses = guesses_of(request);
  const IpAddress& source = request.exchange.client.tuple.client.address;
  return guesses == nullptr || guesses->would_allow(source, request.now.monotonic);
}

std::optional<Refusal> Server::authenticate(Request& request) const {
  const ClientEndpoint& source = request.exchange.client.tuple.client;
  const Identity* owner = request.allocation == nullptr ? nullptr : &request.allocation->identity;
  auto verdict =
      authenticator_.authenticate(request.message, source, *core_.policies.credentials, owner, request.now);
  if (auto* authenticated = std::get_if<Authenticated>(&verdict)) {
    request.exchange.signature = authenticated->signature;
    request.exchange.user = authenticated->identity.user_id;
    request.exchange.user_is_proven = true;
    request.identity = std::move(authenticated->identity);
    return std::nullopt;
  }
  auto& refused = std::get<Refused>(verdict);
  AnswerLimiter* const guesses = is_wrong_key(refused.cause) ? guesses_of(request) : nullptr;
  if (guesses != nullptr) guesses->allow(source.address, request.now.monotonic);
  request.exchange.signature = refused.signature;
  request.exchange.user = std::move(refused.user);
  request.exchange.user_is_proven = refused.user_is_proven;
  return Refusal{refused.cause};
}

void Server::refuse(const Request& request, const Refusal& refusal) {
  const Exchange& exchange = request.exchange;
  const ClientEndpoint& source = exchange.client.tuple.client;
  const ErrorCode code = refusal.code();
  if (is_spoofable(exchange) && !answers_->challenges.allow(source.address, request.now.monotonic)) return;
  if (code == ErrorCode::unknown_attribute) {
    return core_.out.refuse(exchange, refusal,
                            unknown_attributes_response(exchange, unknown_attributes(request.message)));
  }
  if (code != ErrorCode::unauthenticated && code != ErrorCode::stale_nonce)
    return core_.out.refuse(exchange, refusal);
  const std::string nonce = authenticator_.fresh_nonce(source, *core_.policies.credentials, request.now);
  core_.out.refuse(
      exchange, refusal,
      challenge_response(exchange, code,
                         {authenticator_.realm(), nonce, core_.policies.credentials->supports_sha256()}));
}

bool Server::may_answer_binding(const FiveTuple& tuple, const Now& now) {
  return tuple.transport != Transport::udp || answers_->bindings.allow(tuple.client.address, now.monotonic);
}

// Comes over UDP alone: on a stream a message without the cookie cannot be framed.
void Server::on_legacy_binding(Bytes message, const relay::Client& client, const Now& now) {
  if (!may_answer_binding(client.tuple, now)) return;
  auto answer = answer_legacy_binding(message, client.tuple.client.plain());
  if (!answer.empty()) core_.out.respond(client, std::move(answer));
}

std::optional<Refusal> Server::answer_binding(const Request& request) {
  const relay::Client& client = request.exchange.client;
  if (!may_answer_binding(client.tuple, request.now)) return std::nullopt;
  ResponseBuilder response(request.exchange, Class::success);
  response.message().add_xor_address(Attr::xor_mapped_address, client.tuple.client.plain());
  core_.out.respond(client, response.finish());
  return std::nullopt;
}

void Server::on_client_closed(const FiveTuple& tuple, const Now& now) {
  allocate_.abandon(tuple);
  if (const Allocation* allocation = core_.live.table().find(tuple)) {
    core_.live.end(allocation->id, EndReason::client_closed, now.monotonic);
  }
}

std::optional<TimePoint> Server::next_deadline() const {
  return earlier(core_.live.table().next_deadline(), core_.ledger.next_expiry());
}

void Server::on_deadline(const Now& now) {
  core_.live.expire_due(now.monotonic);
  const auto expiry = core_.ledger.next_expiry();
  if (expiry && *expiry <= now.monotonic) core_.ledger.expire(now.monotonic);
}

std::size_t Server::revoke(std::string_view user_id, const Now& now) {
  allocate_.abandon_all_of(user_id);
  const auto ids = core_.live.table().ids_of(user_id);
  for (const relay::AllocationId id : ids) core_.live.end(id, EndReason::revoked, now.monotonic);
  return ids.size();
}

void Server::reload(Policies policies) {
  core_.policies = std::move(policies);
  if (!core_.policies.realm.empty()) authenticator_.set_realm(core_.policies.realm);
  if (core_.policies.check_expiry) authenticator_.set_check_expiry(*core_.policies.check_expiry);
  if (core_.policies.nonce_life) authenticator_.nonces().set_life(*core_.policies.nonce_life);
  if (core_.policies.nonce_keys) authenticator_.nonces().set_shared_keys(*core_.policies.nonce_keys);
  if (core_.policies.end_unverified) allocate_.abandon_all();  // their clients ask again
}

void Server::set_options(const ServerOptions& options) {
  const std::uint32_t worker = std::exchange(core_.options, options).worker;
  core_.options.worker = worker;
  if (options.answers) answers_ = options.answers;
}

std::size_t Server::revise(relay::AllocationId id, const Now& now) {
  return turn::revise(core_, authenticator_, id, now.monotonic);
}

std::vector<Silent> Server::silent_of(std::string_view user_id, const LastHeard& heard,
                                      const Now& now) const {
  std::vector<Silent> silent;
  for (const relay::AllocationId id : core_.live.table().ids_of(user_id)) {
    const Allocation& each = *allocation(id);
    const TimePoint last = last_heard(each, heard);
    if (is_stream(each.client.tuple.transport) || last + kAbandonedAfter > now.monotonic) continue;
    silent.push_back({last, id});
  }
  return silent;
}

bool Server::end_silent(const Silent& silent, const LastHeard& heard, const Now& now) {
  const Allocation* const found = allocation(silent.allocation);
  if (found == nullptr || last_heard(*found, heard) > silent.heard) return false;
  core_.live.end(silent.allocation, EndReason::abandoned, now.monotonic);
  return true;
}

bool Server::end(relay::AllocationId id, EndReason reason, const Now& now) {
  if (allocation(id) == nullptr) return false;
  core_.live.end(id, reason, now.monotonic);
  return true;
}

void Server::end_all(EndReason reason, const Now& now) {
  allocate_.abandon_all();
  for (const relay::AllocationId id : allocation_ids()) core_.live.end(id, reason, now.monotonic);
}

Snapshot Server::snapshot() const {
  Snapshot snapshot{authenticator_.nonces().key(), allocate_.next_id(), {}};
  for (const relay::AllocationId id : allocation_ids()) snapshot.allocations.push_back(*allocation(id));
  return snapshot;
}

void Server::restore(const Snapshot& snapshot) {
  allocate_.set_next_id(snapshot.next_id);
  authenticator_.nonces().set_key(snapshot.nonce_key);
  for (const Allocation& saved : snapshot.allocations) core_.live.restore(saved);
}

}  // namespace turnpike::turn
