// What the core asks of the shell, as values in the order in which they must happen.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "turnpike/relay/route.hpp"
#include "turnpike/stun/message.hpp"
#include "turnpike/turn/refusal.hpp"

namespace turnpike::turn {

struct SendToClient {
  relay::Client to;
  std::vector<std::uint8_t> bytes;
  bool operator==(const SendToClient&) const = default;
};

// Bind a UDP socket to `relay` and report with Server::on_relay_opened, now or later. `reserves_next`: bind
// one to the next port as well, and keep it until that one is to be opened, or until the ledger says that it
// is released; without it there is no relay either.
struct OpenRelay {
  relay::AllocationId allocation;
  RelayEndpoint relay;
  bool reserves_next = false;
  bool operator==(const OpenRelay&) const = default;
};

// The user's quota is full: ask Server::silent_of() for the user on every worker, end so many of those, the
// longest silent first (Server::end_silent), or none if there are fewer, and report with
// Server::on_abandoned_ended, now or later.
struct EndAbandoned {
  relay::AllocationId allocation;
  std::string user_id;
  std::uint32_t places = 1;
  bool operator==(const EndAbandoned&) const = default;
};

// Close the socket and report with Server::on_relay_closed at once: then others may have the port.
struct CloseRelay {
  RelayEndpoint relay;
  bool operator==(const CloseRelay&) const = default;
};

// New, or the same route with another deadline.
struct PublishRoute {
  relay::Route route;
  bool operator==(const PublishRoute&) const = default;
};

struct RetractRoute {
  relay::Route route;
  bool operator==(const RetractRoute&) const = default;
};

enum class EndReason : std::uint8_t {
  expired,
  deleted,
  client_closed,
  abandoned,
  revoked,
  shutdown,
  credential_gone,  // since a reload, where credentials.end_unverified is on
  address_gone,     // the host has none of its relay addresses any more
  listener_closed,  // by a reload, or has given the client's address to another
  over_quota,       // nodes of a fleet have granted more at once than there was
};
inline constexpr std::size_t kEndReasons = static_cast<std::size_t>(EndReason::over_quota) + 1;
std::string_view to_string(EndReason reason);

// An allocation began.
struct AllocationStarted {
  relay::AllocationId allocation;
  relay::Client client;
  std::string user_id;
  std::vector<ExternalEndpoint> relayed;  // as the client sees them
  std::uint32_t lifetime_s;
  bool operator==(const AllocationStarted&) const = default;
};

// An allocation ended. Its routes are retracted by then, so the engines' counters for it are final.
struct AllocationEnded {
  relay::AllocationId allocation;
  relay::Client client;
  std::string user_id;
  std::vector<ExternalEndpoint> relayed;
  std::vector<IpAddress> peers;  // addresses that had permissions, the first 16
  std::uint32_t peers_total;
  std::uint32_t duration_s;
  EndReason reason;
  bool operator==(const AllocationEnded&) const = default;
};

// A request was refused.
struct RequestRefused {
  relay::Client client;
  stun::Method method;
  Refusal refusal;
  std::string user;  // as in Exchange, and the next
  bool user_is_shown;
  bool operator==(const RequestRefused&) const = default;
};

using Effect = std::variant<SendToClient, OpenRelay, EndAbandoned, CloseRelay, PublishRoute, RetractRoute,
                            AllocationStarted, AllocationEnded, RequestRefused>;

}  // namespace turnpike::turn
