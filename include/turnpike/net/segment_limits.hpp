// Remembers where the kernel has refused to cut a run into datagrams (UDP_SEGMENT), so that they leave singly
// for a while.
#pragma once

#include <array>
#include <cstdint>

#include "turnpike/base/endpoint.hpp"

namespace turnpike::net {

// A refusal depends on the way to an address (its MTU, the abilities of its device) and on the size of the
// datagrams; both may change. A fixed table: of two addresses that fall together the later is remembered, and
// forgetting costs one system call that fails.
class SegmentLimits {
 public:
  // Whether datagrams of so many bytes may be tried as a run. Asked once for each that leaves, which a
  // refusal outlasts kAsksMax times.
  bool allows(const IpAddress& to, std::size_t segment_bytes);
  // From now on not for datagrams so large or larger.
  void refuse(const IpAddress& to, std::size_t segment_bytes);

  static constexpr std::uint32_t kAsksMax = 4096;

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
