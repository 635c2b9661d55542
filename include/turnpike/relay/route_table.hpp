// The routes of one worker, found by what arrives: from a client by 5-tuple and channel or peer, from a peer
// by relay and peer.
#pragma once

#include <array>
#include <bit>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "turnpike/base/endpoint.hpp"
#include "turnpike/base/hash.hpp"
#include "turnpike/base/time.hpp"
#include "turnpike/relay/route.hpp"

namespace turnpike::relay {

// What was relayed for one allocation; payload bytes, without TURN or IP headers.
struct Traffic {
  std::uint64_t packets_from_client = 0, bytes_from_client = 0;
  std::uint64_t packets_to_client = 0, bytes_to_client = 0;
  std::uint64_t packets_dropped = 0;  // by a route that is over, over a byte budget, or too large
  TimePoint heard{};                  // the latest packet from the client; zero: none yet

  Traffic& operator+=(const Traffic& other);
  bool operator==(const Traffic&) const = default;
};

// Look-ups neither allocate nor check deadlines: an expired route is found until it is retracted.
class RouteTable {
 public:
  struct Slot {
    Route route;
    Traffic* traffic;            // of route.allocation
    std::uint32_t relay_socket;  // the shell's number of the socket behind route.relay
  };

  // Adds the route, or moves the deadline of the one that is there.
  void publish(const Route& route, std::uint32_t relay_socket = 0);
  // Unknown routes are ignored: the deadline is no part of a route's name.
  void retract(const Route& route);

  const Slot* by_channel(const FiveTuple& client, std::uint16_t channel) const;
  const Slot* by_permission(const FiveTuple& client, const IpAddress& peer) const;
  // The channel of exactly this peer, or the permission of its address.
  const Slot* channel_from_peer(const RelayEndpoint& relay, const PeerEndpoint& peer) const;
  const Slot* permission_from_peer(const RelayEndpoint& relay, const IpAddress& peer) const;

  // The counters of an allocation, final once its routes are retracted; take() forgets them.
  Traffic traffic(AllocationId allocation) const;
  Traffic take_traffic(AllocationId allocation);

  std::size_t size() const { return by_relay_.size(); }

 private:
  // Both kinds of key are one cache line, compared and hashed as plain bytes; unused parts are zero.
  template <class Key>
  static auto to_words(const Key& key) {
    return std::bit_cast<std::array<std::uint64_t, sizeof key / sizeof(std::uint64_t)>>(key);
  }

  struct ClientKey {
    FiveTuple client;
    IpAddress peer;  // permissions
    std::uint16_t channel = 0;
    bool operator==(const ClientKey& other) const { return to_words(*this) == to_words(other); }
  };
  struct PeerKey {
    RelayEndpoint relay;
    PeerEndpoint peer;  // port 0: a permission
    bool operator==(const PeerKey& other) const { return to_words(*this) == to_words(other); }
  };
  static_assert(sizeof(ClientKey) == 64);

  static ClientKey client_key(const Route& route);
  const Slot* find(const ClientKey& key) const;
  const Slot* find(const PeerKey& key) const;

  // Slots are shared by the two indexes and stay where they are.
  std::unordered_map<AllocationId, Traffic> traffic_;
  boost::unordered_flat_map<ClientKey, std::uint32_t, ByteHash> by_client_;
  boost::unordered_flat_map<PeerKey, std::uint32_t, ByteHash> by_relay_;
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_slots_;
};

}  // namespace turnpike::relay
