// An allocation (RFC 8656 section 6) as a value: whose it is, its relayed addresses, permissions and
// channels.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "turnpike/base/endpoint.hpp"
#include "turnpike/base/time.hpp"
#include "turnpike/relay/route.hpp"
#include "turnpike/stun/attribute.hpp"
#include "turnpike/stun/error_code.hpp"
#include "turnpike/turn/authenticator.hpp"
#include "turnpike/turn/channel.hpp"
#include "turnpike/turn/ledger.hpp"
#include "turnpike/turn/permission.hpp"

namespace turnpike::turn {

// A dual allocation has two halves, one a family, which live and die on their own (RFC 8656 8.1).
struct RelayHalf {
  RelayEndpoint relay;  // local form
  TimePoint expires;

  bool operator==(const RelayHalf&) const = default;
};

// ADDRESS-ERROR-CODE: the half that ADDITIONAL-ADDRESS-FAMILY asked for and that could not be had.
struct MissingHalf {
  Family family;
  stun::ErrorCode code;

  bool operator==(const MissingHalf&) const = default;
};

struct Allocation {
  relay::AllocationId id = 0;
  relay::Client client;
  Identity identity;
  relay::MeterId meter = 0;
  // Of the Allocate that made it: a repetition gets the same answer (RFC 8656 7.2).
  stun::TransactionId transaction{};
  TimePoint started;
  TimePoint ends = TimePoint::max();  // whatever Refresh asks for: a visitor's credential is over then
  TimePoint heard;                    // the latest authenticated request
  std::vector<RelayHalf> halves;      // one or two
  std::optional<MissingHalf> missing;
  std::optional<ReservationToken> reservation;
  // Sorted by peer: every channel looks its own up whenever deadlines move.
  std::vector<Permission> permissions;
  std::vector<Channel> channels;
  std::vector<IpAddress> peers;  // that ever had a permission, the first 16, for the log
  std::uint32_t peers_total = 0;
  TimePoint icmp_window;  // start of the second that icmp_in_window counts in
  std::uint32_t icmp_in_window = 0;

  relay::Reach reach() const { return reach_of(identity.kind); }
  RelayHalf* half(Family family);
  const RelayHalf* half(Family family) const;
  Permission* permission(const IpAddress& peer);
  const Permission* permission(const IpAddress& peer) const;
  // A new one, in the order of peers; there is none for this peer yet.
  Permission& add_permission(const IpAddress& peer);
  Channel* channel(std::uint16_t number);
  Channel* channel(const PeerEndpoint& peer);

  // What its lifetime may be from now on: at least 1 as long as it lives.
  std::uint32_t life_max_s(TimePoint now) const;
  // When something of it ends next.
  TimePoint next_deadline() const;
  // The routes that these stand for; there must be a half of the peer's family.
  relay::Route route(const Permission& permission) const;
  relay::Route route(const Channel& channel) const;

  bool operator==(const Allocation&) const = default;

 private:
  relay::Route base_route(const PeerEndpoint& peer) const;
};

}  // namespace turnpike::turn
