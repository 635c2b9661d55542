// Reads what an Allocate asks for (RFC 8656 7.2), and takes nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "turnpike/base/result.hpp"
#include "turnpike/turn/refusal.hpp"
#include "turnpike/turn/relay_ports.hpp"
#include "turnpike/turn/request.hpp"
#include "turnpike/turn/server_options.hpp"

namespace turnpike::turn {

// Holds the address families in which the server has a relay address.
struct Families {
  bool ipv4 = false;
  bool ipv6 = false;

  bool has(Family family) const { return family == Family::ipv4 ? ipv4 : ipv6; }
  // Returns IPv4 if the server has it or has no family at all, else IPv6 (RFC 8656 7.2).
  Family first() const { return ipv4 || !ipv6 ? Family::ipv4 : Family::ipv6; }
};

// One relayed transport address that the request asks for.
struct RelayWant {
  Family family = Family::ipv4;
  Parity parity = Parity::any;
  enum class State { opening, open, failed } state = State::opening;
  RelayEndpoint relay = {};  // leased while opening or open
  int attempts = 0;          // ports tried so far: another program may hold one
  Refusal failure = {};      // why the relay failed; meaningful in State::failed

  void fail(Refusal why) {
    state = State::failed;
    failure = std::move(why);
  }
  bool operator==(const RelayWant&) const = default;
};

// Holds what an Allocate asks for, checked against the server's options.
struct AllocatePlan {
  std::uint32_t lifetime_s = 0;
  // RESERVATION-TOKEN: the only relay is then the port that was reserved under this token.
  std::optional<ReservationToken> token;
  std::vector<RelayWant> wants;  // one or two, IPv4 first

  // Returns whether the next port is reserved as well (EVEN-PORT with R=1). The reservation takes a place in
  // the quota of its own.
  bool reserves_next() const { return wants.size() == 1 && wants.front().parity == Parity::pair; }
  std::uint32_t places() const { return reserves_next() ? 2 : 1; }
  bool operator==(const AllocatePlan&) const = default;
};

// Returns the plan of an Allocate request. Returns the refusal if the request is malformed, comes from a
// disguised client address, or asks for a transport or family that the server does not relay.
Result<AllocatePlan, Refusal> plan_allocate(const Request& request, const ServerOptions& options,
                                            Families families);

}  // namespace turnpike::turn
