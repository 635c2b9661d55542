// One client of the simulation: a TURN client, its way to the server, and what it remembers of others.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "geography.hpp"
#include "network.hpp"
#include "turnpike/client/turn_client.hpp"
#include "turnpike/relay/route.hpp"

namespace turnpike::sim {

// Somebody to write to: a peer, or another client at its relay.
struct Contact {
  Endpoint address;
  HostId id = kNobody;

  bool operator==(const Contact&) const = default;
};

struct ClientHost {
  HostId id = 0;
  std::uint32_t incarnation = 0;  // counts the times it came online
  std::uint16_t port = 10'000;
  std::string user;
  std::string password;
  bool impostor = false;  // with a wrong password
  FiveTuple tuple;
  std::uint32_t path = 0;
  std::shared_ptr<Pipe> up;  // streams only
  std::optional<client::TurnClient> turn;
  std::optional<TimePoint> wake;                  // when on_deadline() is planned
  std::vector<Endpoint> relayed;                  // empty: no allocation
  std::vector<Contact> contacts;                  // that it asked permission for
  std::optional<client::ReservationToken> token;  // to come back with
  bool restless = false;  // asked for other lifetimes beside its renewals: answers that overtake each other
                          // may mislead it
  std::uint32_t letters_sent = 0;

  bool is_online() const { return turn.has_value(); }
};

}  // namespace turnpike::sim
