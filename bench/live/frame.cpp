// Ethernet, IPv4 and UDP, by hand.
#include "live/frame.hpp"

#include <algorithm>

#include "live/wire.hpp"
#include "turnpike/base/bytes.hpp"
#include "turnpike/stun/channel_data.hpp"

namespace turnpike::bench {
namespace {

constexpr std::size_t kEthernetSize = 14;
constexpr std::size_t kIpSize = 20;
constexpr std::size_t kUdpSize = 8;
constexpr std::uint8_t kUdp = 17;
constexpr std::uint16_t kMtu = 1500;

const IpAddress kServer = IpAddress::v4(10, 89, 1, 1);
const IpAddress kRelay = IpAddress::v4(10, 89, 2, 1);
const Endpoint kPeer{IpAddress::v4(10, 89, 2, 2), 5000};

std::uint32_t sum(Bytes bytes) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) sum += std::uint32_t{bytes[i]} << (i % 2 == 0 ? 8 : 0);
  return sum;
}

std::uint16_t checksum(std::uint32_t sum) {
  while (sum > 0xFFFF) sum = (sum & 0xFFFF) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

}  // namespace

kernel::Flow live_flow(Way way, std::uint32_t index, const Interfaces& interfaces) {
  const Endpoint client{IpAddress::v4(10, 89, 1, 2), static_cast<std::uint16_t>(10'000 + index)};
  const Endpoint relay{kRelay, static_cast<std::uint16_t>(50'000 + index)};
  const Endpoint server{kServer, 3478};
  const kernel::NextHop next_hop{interfaces.out, way == Way::to_peer ? kPeer.address : client.address, kMtu,
                                 kNeighbourMac, kOwnMac};
  const kernel::Entrance entrance{interfaces.in, kOwnMac};
  if (way == Way::to_peer) {
    return {.from = client,
            .to = server,
            .channel = stun::kChannelMin,
            .new_from = relay,
            .new_to = kPeer,
            .next_hop = next_hop,
            .entrance = entrance};
  }
  return {.from = kPeer,
          .to = relay,
          .new_from = server,
          .new_to = client,
          .new_channel = stun::kChannelMin,
          .next_hop = next_hop,
          .entrance = entrance};
}

std::vector<std::uint8_t> live_frame(const kernel::Flow& flow, std::size_t payload_bytes) {
  const std::size_t header = flow.channel != 0 ? stun::kChannelHeaderSize : 0;
  const std::size_t datagram = kUdpSize + header + payload_bytes;
  std::vector<std::uint8_t> frame(kEthernetSize + kIpSize + datagram);
  std::ranges::copy(kOwnMac, frame.begin());
  std::ranges::copy(kNeighbourMac, frame.begin() + 6);
  store_be16(&frame[12], 0x0800);

  const MutableBytes ip = MutableBytes(frame).subspan(kEthernetSize, kIpSize);
  ip[0] = 0x45;
  store_be16(&ip[2], static_cast<std::uint16_t>(kIpSize + datagram));
  ip[6] = 0x40;  // don't fragment
  ip[8] = 64;
  ip[9] = kUdp;
  std::ranges::copy(flow.from.address.wire(), &ip[12]);
  std::ranges::copy(flow.to.address.wire(), &ip[16]);
  store_be16(&ip[10], checksum(sum(ip)));

  const MutableBytes udp = MutableBytes(frame).subspan(kEthernetSize + kIpSize);
  store_be16(&udp[0], flow.from.port);
  store_be16(&udp[2], flow.to.port);
  store_be16(&udp[4], static_cast<std::uint16_t>(datagram));
  if (header > 0) stun::write_channel_header(udp.subspan(kUdpSize), flow.channel, payload_bytes);
  store_be16(&udp[6], checksum(sum(ip.subspan(12)) + kUdp + static_cast<std::uint32_t>(datagram) + sum(udp)));
  return frame;
}

}  // namespace turnpike::bench
