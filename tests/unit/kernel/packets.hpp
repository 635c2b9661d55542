// UDP datagrams as Ethernet frames and back, written without the code under test.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "turnpike/base/bytes.hpp"
#include "turnpike/base/endpoint.hpp"

namespace turnpike::kernel {

using Buffer = std::vector<std::uint8_t>;

struct Datagram {
  Endpoint from, to;  // of one family
  Buffer payload;
  std::uint8_t traffic_class = 0, hop_limit = 64;
  bool dont_fragment = false;  // IPv4
  bool has_checksum = true;

  bool operator==(const Datagram&) const = default;
};

inline constexpr std::size_t kEthernetSize = 14;
inline constexpr std::size_t ip_header_size(Family family) { return family == Family::ipv4 ? 20 : 40; }

// With MAC addresses of zeros.
Buffer frame_of(const Datagram& datagram);
// Nothing unless every length and checksum is right, and nothing is in the headers that a Datagram does not
// tell.
std::optional<Datagram> read_frame(Bytes frame);

// RFC 1071, byte by byte: 0xffff over data that holds its own checksum.
std::uint16_t ones_complement_sum(std::initializer_list<Bytes> parts);
void renew_ipv4_checksum(Buffer& frame);
// What a sender leaves in the checksum field of UDP for the device to complete.
std::uint16_t pseudo_header_sum(const Datagram& datagram);
std::size_t checksum_offset(const Datagram& datagram);

}  // namespace turnpike::kernel
