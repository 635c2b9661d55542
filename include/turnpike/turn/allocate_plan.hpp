// What an Allocate asks for, if it can be asked (RFC 8656 7.2): reads the request, takes nothing.
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

// The families that the server has relay addresses of.
struct Families {
  bool ipv4 = false;
  bool ipv6 = false;

  bool has(Family family) const { return family == Family::ipv4 ? ipv4 : ipv6; }
  // IPv4 where there is any (RFC 8656 7.2), or there is none of either.
  Family first() const { return ipv4 || !ipv6 ? Family::ipv4 : Family::ipv6; }
};

// One relayed transport address that the request asks for.
struct RelayWant {
  Family family = Family::ipv4;
  Parity parity = Parity::any;
  enum class State { opening, open, failed } state = State::opening;
  RelayEndpoint relay = {};  // leased while opening or open
  int attempts = 0;          // ports tried: another program may hold one
  Refusal failure = {};      // once it has failed

  void fail(Refusal why) {
    state = State::failed;
    failure = std::move(why);
  }
  bool operator==(const RelayWant&) const = default;
};

struct AllocatePlan {
  std::uint32_t lifetime_s = 0;
  std::optional<ReservationToken> token;  // the one relay is the port that it stands for, no other will do
  std::vector<RelayWant> wants;           // one or two, IPv4 first

  // EVEN-PORT with R=1: the port after ours is reserved, and holds a place in the quota of its own.
  bool reserves_next() const { return wants.size() == 1 && wants.front().parity == Parity::pair; }
  std::uint32_t places() const { return reserves_next() ? 2 : 1; }
  bool operator==(const AllocatePlan&) const = default;
};

Result<AllocatePlan, Refusal> plan_allocate(const Request& request, const ServerOptions& options,
                                            Families families);

}  // namespace turnpike::turn
