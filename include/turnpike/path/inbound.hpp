// The output of every path from clients: whole frames, each with the client that sent it.
#pragma once

#include <cstddef>
#include <cstdint>

#include "turnpike/base/bytes.hpp"
#include "turnpike/relay/route.hpp"
#include "turnpike/stun/classify.hpp"

namespace turnpike::path {

// A frame from a client: one datagram, or one STUN message or ChannelData of a stream, without padding.
struct Inbound {
  Bytes frame;
  relay::Client client;
  std::uint8_t traffic_class = 0;  // DSCP and ECN of a datagram; 0 for streams
};

// Returns whether the TURN rules must judge the frame, which costs more than forwarding it. The only STUN
// message that counts as data is the Send indication (RFC 8656 section 11).
inline bool is_request(Bytes frame) {
  constexpr std::uint8_t kSendIndication[] = {0x00, 0x16};
  if (frame.size() < 2 || stun::classify(frame[0]) != stun::PacketKind::stun) return false;
  return frame[0] != kSendIndication[0] || frame[1] != kSendIndication[1];
}

// Returns how much of a budget of requests this request takes: 1, and 1 more for each kilobyte, because a
// CreatePermission may name thousands of peers that the rules judge one by one.
inline std::size_t cost_of(Bytes request) { return 1 + request.size() / 1024; }

}  // namespace turnpike::path
