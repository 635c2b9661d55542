// See packets.hpp.
#include "packets.hpp"

#include <algorithm>
#include <array>

namespace turnpike::kernel {
namespace {

constexpr std::size_t kUdpSize = 8;
constexpr std::uint8_t kUdp = 17;
constexpr std::uint16_t kDontFragment = 0x4000;

void write_ip(const Datagram& datagram, std::size_t udp_size, std::uint8_t* ip) {
  const bool is_v4 = datagram.from.address.is_v4();
  if (is_v4) {
    ip[0] = 0x45;
    ip[1] = datagram.traffic_class;
    store_be16(ip + 2, static_cast<std::uint16_t>(20 + udp_size));
    store_be16(ip + 4, 0x1234);
    store_be16(ip + 6, datagram.dont_fragment ? kDontFragment : 0);
    ip[8] = datagram.hop_limit;
    ip[9] = kUdp;
  } else {
    store_be32(ip, 6U << 28 | static_cast<std::uint32_t>(datagram.traffic_class) << 20);
    store_be16(ip + 4, static_cast<std::uint16_t>(udp_size));
    ip[6] = kUdp;
    ip[7] = datagram.hop_limit;
  }
  std::uint8_t* addresses = ip + (is_v4 ? 12 : 8);
  addresses = std::ranges::copy(datagram.from.address.wire(), addresses).out;
  std::ranges::copy(datagram.to.address.wire(), addresses);
}

// The IP header without its length: nothing if there is anything unusual in it.
std::optional<Datagram> read_ip(Bytes ip) {
  const bool is_v4 = ip[0] >> 4 == 4;
  Datagram datagram;
  if (is_v4) {
    const std::uint16_t fragment = load_be16(&ip[6]);
    if (ip[0] != 0x45 || ip[9] != kUdp || load_be16(&ip[2]) != ip.size() || (fragment & ~kDontFragment) != 0)
      return std::nullopt;
    if (ones_complement_sum({ip.first(20)}) != 0xffff) return std::nullopt;
    datagram.traffic_class = ip[1];
    datagram.hop_limit = ip[8];
    datagram.dont_fragment = fragment != 0;
  } else {
    const std::uint32_t first = load_be32(&ip[0]);
    if (ip.size() < 40 || first >> 28 != 6 || (first & 0xfffff) != 0 || ip[6] != kUdp ||
        load_be16(&ip[4]) != ip.size() - 40) {
      return std::nullopt;
    }
    datagram.traffic_class = static_cast<std::uint8_t>(first >> 20);
    datagram.hop_limit = ip[7];
  }
  const std::size_t size = is_v4 ? 4 : 16;
  const Bytes addresses = ip.subspan(is_v4 ? 12 : 8);
  datagram.from.address = IpAddress::from_bytes(addresses.first(size));
  datagram.to.address = IpAddress::from_bytes(addresses.subspan(size, size));
  return datagram;
}

}  // namespace

std::uint16_t ones_complement_sum(std::initializer_list<Bytes> parts) {
  std::uint32_t sum = 0;
  for (const Bytes part : parts) {
    for (std::size_t i = 0; i < part.size(); ++i) {
      sum += i % 2 == 0 ? part[i] * 256U : part[i];
      if (sum > 0xffff) sum -= 0xffff;
    }
  }
  return static_cast<std::uint16_t>(sum);
}

std::uint16_t pseudo_header_sum(const Datagram& datagram) {
  std::array<std::uint8_t, 8> rest{};  // alike in both families but for zeros
  store_be32(&rest[0], static_cast<std::uint32_t>(kUdpSize + datagram.payload.size()));
  rest[7] = kUdp;
  return ones_complement_sum({datagram.from.address.wire(), datagram.to.address.wire(), rest});
}

std::size_t checksum_offset(const Datagram& datagram) {
  return kEthernetSize + ip_header_size(datagram.from.family()) + 6;
}

void renew_ipv4_checksum(Buffer& frame) {
  std::uint8_t* ip = &frame[kEthernetSize];
  store_be16(ip + 10, 0);
  store_be16(ip + 10, static_cast<std::uint16_t>(~ones_complement_sum({Bytes{ip, 20}})));
}

Buffer frame_of(const Datagram& datagram) {
  const std::size_t ip_size = ip_header_size(datagram.from.family());
  const std::size_t udp_size = kUdpSize + datagram.payload.size();
  Buffer frame(kEthernetSize + ip_size + udp_size);
  store_be16(&frame[12], ip_size == 20 ? 0x0800 : 0x86dd);
  write_ip(datagram, udp_size, &frame[kEthernetSize]);
  if (ip_size == 20) renew_ipv4_checksum(frame);
  std::uint8_t* udp = &frame[kEthernetSize + ip_size];
  store_be16(udp, datagram.from.port);
  store_be16(udp + 2, datagram.to.port);
  store_be16(udp + 4, static_cast<std::uint16_t>(udp_size));
  std::ranges::copy(datagram.payload, udp + kUdpSize);
  if (!datagram.has_checksum) return frame;
  store_be16(udp + 6, pseudo_header_sum(datagram));
  const auto sum = static_cast<std::uint16_t>(~ones_complement_sum({Bytes{udp, udp_size}}));
  store_be16(udp + 6, sum == 0 ? 0xffff : sum);
  return frame;
}

std::optional<Datagram> read_frame(Bytes frame) {
  if (frame.size() < kEthernetSize + 20 + kUdpSize) return std::nullopt;
  auto datagram = read_ip(frame.subspan(kEthernetSize));
  if (!datagram) return std::nullopt;
  const Family family = datagram->from.family();
  if (load_be16(&frame[12]) != (family == Family::ipv4 ? 0x0800 : 0x86dd)) return std::nullopt;
  const Bytes udp = frame.subspan(kEthernetSize + ip_header_size(family));
  if (udp.size() < kUdpSize || load_be16(&udp[4]) != udp.size()) return std::nullopt;
  datagram->from.port = load_be16(&udp[0]);
  datagram->to.port = load_be16(&udp[2]);
  datagram->payload.assign(udp.begin() + kUdpSize, udp.end());
  datagram->has_checksum = load_be16(&udp[6]) != 0;
  if (!datagram->has_checksum && family == Family::ipv6) return std::nullopt;
  std::array<std::uint8_t, 2> pseudo_header{};
  store_be16(pseudo_header.data(), pseudo_header_sum(*datagram));
  if (datagram->has_checksum && ones_complement_sum({pseudo_header, udp}) != 0xffff) return std::nullopt;
  return datagram;
}

}  // namespace turnpike::kernel
