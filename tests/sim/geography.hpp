// Who lives where: the addresses of the server, of its relays, of clients and of peers.
#pragma once

#include <string_view>

#include "letter.hpp"
#include "turnpike/base/address_map.hpp"
#include "turnpike/base/endpoint.hpp"

namespace turnpike::sim {

inline constexpr std::string_view kRealm = "simulation";
inline constexpr HostId kFirstPeer = 1'000'000;  // clients count from 0
inline constexpr HostId kNobody = 0xFFFFFFFF;
inline constexpr std::uint32_t kPeerPorts = 3;  // of each peer address; nobody listens on the last
inline constexpr std::uint32_t kPeerAddresses = 84;
inline constexpr std::uint32_t kPeers = kPeerPorts * kPeerAddresses;

struct Geography {
  // One IPv4 address behind 1:1 NAT and one IPv6 address, each for listener and relays.
  IpAddress local_v4 = IpAddress::v4(10, 0, 0, 5);
  IpAddress external_v4 = IpAddress::v4(192, 0, 2, 1);
  IpAddress v6 = *IpAddress::parse("2a00:db8:1::1");
  AddressMap external{{{local_v4, ExternalAddress(external_v4)}}};
  Endpoint listener_v4{local_v4, 3478};
  Endpoint listener_v6{v6, 3478};

  PeerEndpoint local(const Endpoint& outside) const { return external.to_local(ExternalEndpoint(outside)); }
  RelayEndpoint local_relay(const Endpoint& outside) const { return RelayEndpoint(local(outside).plain()); }

  bool is_relay_address(const IpAddress& outside) const { return outside == external_v4 || outside == v6; }

  static IpAddress client(HostId id, Family family) {
    const auto high = static_cast<std::uint8_t>(id >> 8 & 0xFF);
    const auto low = static_cast<std::uint8_t>(id);
    if (family == Family::ipv4) return IpAddress::v4(198, 51, high, low);
    return nth_v6(3, high, low);
  }

  // 60 IPv4 addresses, 20 IPv6 ones, and four private ones that are forbidden unless a rule allows them.
  static Endpoint peer(HostId id) {
    const std::uint32_t index = id - kFirstPeer;
    const auto n = static_cast<std::uint8_t>(index / kPeerPorts);
    const auto port = static_cast<std::uint16_t>(5000 + index % kPeerPorts);
    if (n < 60) return {IpAddress::v4(20, 0, 113, n), port};
    if (n < 80) return {nth_v6(2, 0, n), port};
    return {IpAddress::v4(10, 99, 0, n), port};
  }
  static bool is_closed(const Endpoint& peer) { return peer.port == 5000 + kPeerPorts - 1; }

 private:
  static IpAddress nth_v6(std::uint8_t net, std::uint8_t high, std::uint8_t low) {
    const std::uint8_t bytes[16] = {0x2A, 0x00, 0x0D, 0xB8, 0, net, 0, 0, 0, 0, 0, 0, 0, 0, high, low};
    return IpAddress::from_bytes(bytes);
  }
};

}  // namespace turnpike::sim
