// Remembers where the kernel has refused to cut a run into datagrams (UDP_SEGMENT), so that they leave singly
// for a while.
#pragma once

#include <array>
#include <cstdint>

#include "turnpike/base/endpoint.hpp"

namespace turnpike::net {

// Remembers refusals by destination and size: a refusal depends on the way to an address (its MTU, the
// abilities of its device) and on the size of the datagrams, and both may change. The table is fixed: of two
// addresses with the same place the later one is remembered, and a forgotten refusal costs one failed system
// call.
class SegmentLimits {
 public:
  // Returns true if datagrams of `segment_bytes` may be sent as a run. Ask once for each datagram that is
  // sent: a refusal is forgotten after kRefusalAsks questions.
  bool allows(const IpAddress& to, std::size_t segment_bytes);
  // Remembers that the kernel has refused a run of datagrams of this size; larger ones are refused as well.
  void refuse(const IpAddress& to, std::size_t segment_bytes);

  static constexpr std::uint32_t kRefusalAsks = 4096;

 private:
  struct Refusal {
    IpAddress to;
    std::uint32_t segment_bytes = 0;
    std::uint32_t asks_left = 0;
  };
  Refusal& refusal(const IpAddress& to);

  std::array<Refusal, 64> refusals_;
};

}  // namespace turnpike::net
