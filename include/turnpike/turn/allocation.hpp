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

// Holds one relayed transport address and its expiry. A dual allocation has one half for each family, and
// each half expires on its own (RFC 8656 8.1).
struct RelayHalf {
  RelayEndpoint relay;  // address of this host, before a 1:1 NAT
  TimePoint expires;

  bool operator==(const RelayHalf&) const = default;
};

// Holds the family that a dual Allocate asked for in vain, and the error code for ADDRESS-ERROR-CODE (RFC
// 8656 7.2).
struct MissingHalf {
  Family family;
  stun::ErrorCode code;

  bool operator==(const MissingHalf&) const = default;
};

// Holds all state of one allocation.
struct Allocation {
  relay::AllocationId id = 0;
  relay::Client client;
  Identity identity;
  relay::MeterId meter = 0;
  // Transaction id of the Allocate that made the allocation: a repetition gets the same answer (RFC 8656
  // 7.2).
  stun::TransactionId transaction{};
  TimePoint started;
  // No Refresh prolongs the allocation beyond this time. Bounded for visitors only, by the expiry of their
  // credential.
  TimePoint ends = TimePoint::max();
  TimePoint heard;                // when the latest authenticated request came
  std::vector<RelayHalf> halves;  // one or two
  std::optional<MissingHalf> missing;
  // Token of the port that this allocation reserved with EVEN-PORT.
  std::optional<ReservationToken> reservation;
  // Sorted by peer, because every channel looks up its permission whenever deadlines move.
  std::vector<Permission> permissions;
  std::vector<Channel> channels;
  // The first 16 addresses that ever had a permission, for the log.
  std::vector<IpAddress> peers;
  std::uint32_t peers_total = 0;  // permissions ever granted
  TimePoint icmp_window_start;    // start of the second that icmp_in_window counts
  std::uint32_t icmp_in_window = 0;

  relay::Reach reach() const { return reach_of(identity.kind); }
  // The look-ups return nullptr if the allocation has no such part.
  RelayHalf* half(Family family);
  const RelayHalf* half(Family family) const;
  Permission* permission(const IpAddress& peer);
  const Permission* permission(const IpAddress& peer) const;
  // Inserts a permission in the order of peers. Precondition: there is none for this peer.
  Permission& add_permission(const IpAddress& peer);
  Channel* channel(std::uint16_t number);
  Channel* channel(const PeerEndpoint& peer);

  // Returns the longest lifetime in seconds that a Refresh at `now` may grant, at least 1. Precondition: the
  // allocation has not ended.
  std::uint32_t life_max_s(TimePoint now) const;
  // Returns the earliest expiry of any half, permission or channel.
  TimePoint next_deadline() const;
  // Returns the route of a permission or channel. Precondition: the allocation has a half of the peer's
  // family.
  relay::Route route(const Permission& permission) const;
  relay::Route route(const Channel& channel) const;

  bool operator==(const Allocation&) const = default;

 private:
  relay::Route base_route(const PeerEndpoint& peer) const;
};

}  // namespace turnpike::turn
