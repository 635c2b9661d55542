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

// Asks to send one message to a client.
struct SendToClient {
  relay::Client to;
  std::vector<std::uint8_t> bytes;
  bool operator==(const SendToClient&) const = default;
};

// Asks to bind a UDP socket to `relay` and to report with Server::on_relay_opened, now or later.
// `reserves_next`: the next port must be bound as well, or the relay is not opened; its socket is kept until
// an OpenRelay names the port or LedgerOptions::released reports it.
struct OpenRelay {
  relay::AllocationId allocation;
  RelayEndpoint relay;
  bool reserves_next = false;
  bool operator==(const OpenRelay&) const = default;
};

// Asks to end `places` silent allocations of a user whose quota is full: collect Server::silent_of() from
// every worker, end the longest silent ones with Server::end_silent(), or none if there are fewer than
// `places`, and report with Server::on_abandoned_ended, now or later.
struct EndAbandoned {
  relay::AllocationId allocation;  // the Allocate that waits
  std::string user_id;
  std::uint32_t places = 1;
  bool operator==(const EndAbandoned&) const = default;
};

// Asks to close the relay's socket and to report with Server::on_relay_closed at once, which frees the port
// for others.
struct CloseRelay {
  RelayEndpoint relay;
  bool operator==(const CloseRelay&) const = default;
};

// Asks to add a route to the engines, or to change the deadline of the same route.
struct PublishRoute {
  relay::Route route;
  bool operator==(const PublishRoute&) const = default;
};

// Asks to remove a route from the engines. The route equals the published one, deadline aside.
struct RetractRoute {
  relay::Route route;
  bool operator==(const RetractRoute&) const = default;
};

// Names why an allocation ended.
enum class EndReason : std::uint8_t {
  expired,
  deleted,
  client_closed,
  abandoned,
  revoked,
  shutdown,
  credential_gone,  // a reload removed the credential while credentials.end_unverified is on
  address_gone,     // the host lost all relay addresses of the allocation
  listener_closed,  // a reload closed the client's listener, or another listener now has its address
  over_quota,       // the nodes of a fleet together granted more allocations than the limit
};
inline constexpr std::size_t kEndReasons = static_cast<std::size_t>(EndReason::over_quota) + 1;
// Returns the name that logs, metrics and documentation use.
std::string_view to_string(EndReason reason);

// Reports that an allocation began.
struct AllocationStarted {
  relay::AllocationId allocation;
  relay::Client client;
  std::string user_id;
  std::vector<ExternalEndpoint> relayed;  // as the client sees them
  std::uint32_t lifetime_s;
  bool operator==(const AllocationStarted&) const = default;
};

// Reports that an allocation ended. All its routes are retracted by then, so the engines' counters are final.
struct AllocationEnded {
  relay::AllocationId allocation;
  relay::Client client;
  std::string user_id;
  std::vector<ExternalEndpoint> relayed;
  std::vector<IpAddress> peers;  // the first 16 addresses that had a permission
  std::uint32_t peers_total;     // permissions ever granted
  std::uint32_t duration_s;
  EndReason reason;
  bool operator==(const AllocationEnded&) const = default;
};

// Reports that a request was refused. The response is a SendToClient of its own.
struct RequestRefused {
  relay::Client client;
  stun::Method method;
  Refusal refusal;
  std::string user;     // as Exchange::user
  bool user_is_proven;  // as Exchange::user_is_proven
  bool operator==(const RequestRefused&) const = default;
};

// One thing that the shell must do or may log.
using Effect = std::variant<SendToClient, OpenRelay, EndAbandoned, CloseRelay, PublishRoute, RetractRoute,
                            AllocationStarted, AllocationEnded, RequestRefused>;

}  // namespace turnpike::turn
