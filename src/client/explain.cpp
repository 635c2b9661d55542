#include "turnpike/client/explain.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "turnpike/stun/error_code.hpp"

namespace turnpike::client {
namespace {

using stun::ErrorCode;
using stun::Method;

constexpr std::pair<Method, std::string_view> kMethods[] = {
    {Method::binding, "Binding"},          {Method::allocate, "Allocate"},
    {Method::refresh, "Refresh"},          {Method::create_permission, "CreatePermission"},
    {Method::channel_bind, "ChannelBind"},
};

bool names_a_peer(Method method) {
  return method == Method::create_permission || method == Method::channel_bind;
}

// Permissions are by address.
std::string peer_of(const Request& request) {
  if (request.peers.empty()) return "";
  const Endpoint& peer = request.peers.front();
  return " to " + (request.method == Method::channel_bind ? peer.to_string() : peer.address.to_string());
}

struct Advice {
  ErrorCode code;
  bool of_peers;  // of CreatePermission and ChannelBind; false: of all other requests
  std::string_view text;
};
constexpr Advice kAdvice[] = {
    {ErrorCode::try_alternate, false,
     "the server has enough clients, or drains, and sends them to another one"},
    {ErrorCode::unauthenticated, false,
     "the server does not take this name and password: another password, secret or API key, or the "
     "credential has expired"},
    {ErrorCode::forbidden, false,
     "the server bars this user, as turnpike does with participants who were removed"},
    {ErrorCode::forbidden, true, "peers refused by the rules: peers.allow has to name this one"},
    {ErrorCode::allocation_mismatch, false,
     "the server still has an allocation of an earlier client at this address and port; it ends by itself"},
    {ErrorCode::address_family_not_supported, false,
     "the server has no relay address of this family: relay.addresses"},
    {ErrorCode::wrong_credentials, false, "the allocation belongs to another user"},
    {ErrorCode::unsupported_transport, false, "the server has no relays over UDP"},
    {ErrorCode::peer_address_family_mismatch, true, "relay and peer are of two families"},
    {ErrorCode::allocation_quota_reached, false,
     "the user has as many allocations as the server allows: limits.allocations_per_user, or for a name that "
     "many share limits.allocations_per_shared_user (coturn: user-quota)"},
    {ErrorCode::server_error, false, "the server could not open a relay; its log says why"},
    {ErrorCode::insufficient_capacity, false,
     "the server has no room: no free port in relay.ports, limits.allocations, descriptors, or it drains"},
    {ErrorCode::insufficient_capacity, true,
     "the allocation has no room for more: limits.permissions_per_allocation or "
     "limits.channels_per_allocation"},
};

}  // namespace

std::string_view method_name(Method method) {
  const auto* const found = std::ranges::find(kMethods, method, &std::pair<Method, std::string_view>::first);
  return found == std::end(kMethods) ? "request" : found->second;
}

std::string describe(const Failed& failed) {
  std::string reason = failed.reason.empty()
                           ? std::string(stun::reason_phrase(static_cast<ErrorCode>(failed.code)))
                           : failed.reason;
  for (char& c : reason) c = c >= ' ' && c <= '~' ? c : '?';
  const std::string_view method = method_name(failed.request.method);
  if (failed.code == 0) return fmt::format("{} had a wrong answer: {}", method, reason);
  return fmt::format("{}{} was refused: {} {}{}", method, peer_of(failed.request), failed.code, reason,
                     failed.redirection ? fmt::format(" ({})", describe(*failed.redirection)) : "");
}

std::string describe(const Redirection& redirection) {
  std::string text;
  for (const Endpoint& server : redirection.servers) text += (text.empty() ? "" : ", ") + server.to_string();
  return redirection.domain.empty() ? text : fmt::format("{} as {}", text, redirection.domain);
}

std::string describe(const TimedOut& late) {
  return fmt::format("{} had no {}answer", method_name(late.request.method),
                     late.unverified ? "authentic " : "");
}

std::string_view advice(const Failed& failed, bool has_name) {
  if (failed.code == static_cast<int>(ErrorCode::unauthenticated) && !has_name)
    return "the server wants a name and a password, and no --username was given";
  const auto* const found = std::ranges::find_if(kAdvice, [&](const Advice& each) {
    return static_cast<int>(each.code) == failed.code && each.of_peers == names_a_peer(failed.request.method);
  });
  return found == std::end(kAdvice) ? std::string_view() : found->text;
}

std::string explain(const Failed& failed, bool has_name) {
  const auto hint = advice(failed, has_name);
  return hint.empty() ? describe(failed) : fmt::format("{}: {}", describe(failed), hint);
}

bool is_refused_by_rules(const Failed& failed) {
  return failed.code == static_cast<int>(ErrorCode::forbidden) && names_a_peer(failed.request.method);
}

}  // namespace turnpike::client
