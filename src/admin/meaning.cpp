#include "turnpike/admin/meaning.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace turnpike::admin {
namespace {

using turn::Cause;

struct Row {
  Cause cause;
  std::string_view meaning;
};

constexpr std::array<Row, turn::kCauses> kRows{{
    {Cause::no_credentials, "the first request of every client, which asks for realm and nonce"},
    {Cause::incomplete_credentials, "user name, realm or nonce is missing beside the signature"},
    {Cause::foreign_nonce,
     "a nonce of another process or of another address; the client asks again with a new one"},
    {Cause::stale_nonce, "a nonce that is too old; the client asks again with a new one"},
    {Cause::unknown_password_algorithm, "an algorithm for the password that was not offered"},
    {Cause::other_realm, "the client names another realm than `realm`"},
    {Cause::unknown_user,
     "no credential source knows the name: is it of this server, and is there a secret for it?"},
    {Cause::unknown_key, "made with an API key of LiveKit that is not in credentials.livekit_keys"},
    {Cause::wrong_integrity, "the password does not fit the name: is the secret the same on both sides?"},
    {Cause::expired, "the credential is over; the application must give the client a new one"},
    {Cause::expiry_too_far,
     "the credential's expiry lies too far ahead (credentials.rest_ttl_max_s), or is in milliseconds"},
    {Cause::other_user, "the allocation is another user's"},
    {Cause::malformed, "an attribute is missing or broken"},
    {Cause::unknown_attribute, "an attribute that must be understood, and is not"},
    {Cause::no_allocation, "there is no such allocation: it was never made, or is over"},
    {Cause::allocation_exists, "the client's address and port have an allocation already"},
    {Cause::unsupported_transport, "only UDP is relayed"},
    {Cause::family_unsupported, "the server has no relay address of that family"},
    {Cause::client_disguised, "the client's address hides an IPv4 address in an IPv6 one"},
    {Cause::unknown_reservation, "the reservation of a port is over, or was another user's"},
    {Cause::redirected, "sent to another server: this one has enough clients, or drains"},
    {Cause::draining, "the server drains and grants nothing new"},
    {Cause::barred, "the user was barred, by LiveKit or by `turnpike bar`"},
    {Cause::user_quota, "the user has all of limits.allocations_per_user"},
    {Cause::server_quota, "limits.allocations is reached"},
    {Cause::visitors_full, "visitors of the check page hold all the allocations that there are for them"},
    {Cause::no_relay_address, "the host has no relay address now"},
    {Cause::no_free_port, "every port of relay.ports is in use"},
    {Cause::ports_in_use, "other programs have the ports that were tried"},
    {Cause::relay_not_opened, "the system gave no socket for the relay"},
    {Cause::out_of_descriptors, "the process has no descriptor left"},
    {Cause::permissions_full, "limits.permissions_per_allocation is reached"},
    {Cause::channels_full, "limits.channels_per_allocation is reached"},
    {Cause::peer_family, "the allocation has no relayed address of the peer's family"},
    {Cause::peer_disguised, "the peer's address hides another one"},
    {Cause::peer_is_listener, "the peer is an address that this server listens on"},
    {Cause::peer_is_relay, "the peer is a relay of this server, which the rules forbid here"},
    {Cause::peer_denied, "peers.deny forbids the peer"},
    {Cause::peer_not_allowed,
     "only what peers.allow or LiveKit's file names is allowed, and the peer is not"},
    {Cause::peer_is_this_host, "the peer is this host, which takes an entry in peers.allow"},
    {Cause::peer_special_purpose,
     "the peer's address is private or otherwise special; peers.allow can allow it"},
    {Cause::peer_is_no_visitor,
     "visitors of the check page reach each other's relays, and the peer is none of these"},
    {Cause::channel_taken, "the number stands for another peer, or the peer has another number"},
}};

constexpr bool stand_in_order() {
  for (std::size_t i = 0; i < kRows.size(); ++i) {
    if (kRows[i].cause != static_cast<Cause>(i)) return false;
  }
  return true;
}
static_assert(stand_in_order());

constexpr std::pair<stun::Method, std::string_view> kMethods[] = {
    {stun::Method::binding, "binding"},           {stun::Method::allocate, "allocate"},
    {stun::Method::refresh, "refresh"},           {stun::Method::create_permission, "create_permission"},
    {stun::Method::channel_bind, "channel_bind"},
};

}  // namespace

std::string_view meaning_of(Cause cause) { return kRows[static_cast<std::size_t>(cause)].meaning; }

std::string_view name_of(stun::Method method) {
  const auto* const found = std::ranges::find(kMethods, method, [](const auto& row) { return row.first; });
  return found == std::end(kMethods) ? "request" : found->second;
}

}  // namespace turnpike::admin
