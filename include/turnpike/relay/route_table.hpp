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

// Counts what was relayed for one allocation. Bytes are payload, without TURN, UDP or IP headers.
struct Traffic {
  std::uint64_t packets_from_client = 0, bytes_from_client = 0;
  std::uint64_t packets_to_client = 0, bytes_to_client = 0;
  std::uint64_t packets_dropped = 0;  // packets over a byte budget, too large, or on an expired route
  TimePoint heard{};                  // when the latest packet from the client came; zero: none yet

  Traffic& operator+=(const Traffic& other);
  bool operator==(const Traffic&) const = default;
};

// Holds the routes of one worker. Look-ups return nullptr if there is no such route. They do not allocate and
// do not check deadlines: an expired route is found until it is retracted. Not thread-safe.
class RouteTable {
 public:
  struct Slot {
    Route route;
    Traffic* traffic;            // the counters of route.allocation
    std::uint32_t relay_socket;  // the shell's number of the socket behind route.relay
  };

  // Adds a route, or replaces the one with the same client and channel or peer, which must have the same
  // relay and peer.
  void publish(const Route& route, std::uint32_t relay_socket = 0);
  // Removes a route, whatever its deadline. Unknown routes are ignored.
  void retract(const Route& route);

  const Slot* by_channel(const FiveTuple& client, std::uint16_t channel) const;
  const Slot* by_permission(const FiveTuple& client, const IpAddress& peer) const;
  // channel_from_peer() finds the channel bound to exactly this peer, permission_from_peer() the permission
  // of an address.
  const Slot* channel_from_peer(const RelayEndpoint& relay, const PeerEndpoint& peer) const;
  const Slot* permission_from_peer(const RelayEndpoint& relay, const IpAddress& peer) const;

  // Both functions return the counters of an allocation, zero if there are none. They are final once all
  // routes of the allocation are retracted. take_traffic() removes them.
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
