// What comes out of every way to a client: whole frames, each with the client that it came from.
#pragma once

#include <cstddef>
#include <cstdint>

#include "turnpike/base/bytes.hpp"
#include "turnpike/relay/route.hpp"
#include "turnpike/stun/classify.hpp"

namespace turnpike::path {

// One datagram, or one STUN message or ChannelData of a stream, without padding.
struct Inbound {
  Bytes frame;
  relay::Client client;
  std::uint8_t traffic_class = 0;  // DSCP and ECN, where the frame is a datagram
};

// The TURN rules have to judge it, which costs more than to forward it. Of all STUN only Send indications are
// data (RFC 8656 11).
inline bool is_request(Bytes frame) {
  constexpr std::uint8_t kSendIndication[] = {0x00, 0x16};
  if (frame.size() < 2 || stun::classify(frame[0]) != stun::PacketKind::stun) return false;
  return frame[0] != kSendIndication[0] || frame[1] != kSendIndication[1];
}

// What a request takes of a budget of requests. A CreatePermission has room for thousands of peers, each of
// which the rules judge: so it counts once more for each kilobyte.
inline std::size_t cost_of(Bytes request) { return 1 + request.size() / 1024; }

}  // namespace turnpike::path
