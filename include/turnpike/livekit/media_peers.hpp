// The only peers that a relay beside an SFU needs: where LiveKit sends and receives media.
#pragma once

#include <string>
#include <vector>

#include "turnpike/livekit/server_config.hpp"
#include "turnpike/turn/peer_policy.hpp"

namespace turnpike::livekit {

struct MediaPeers {
  std::vector<turn::PeerRule> allow;  // UDP
  std::vector<turn::PeerRule> deny;   // stronger than `allow`
  // One sentence on what the file does not say, and peers.allow has to; empty: it says all. A server whose
  // peers.allow is empty must not start with this.
  std::string missing;

  bool operator==(const MediaPeers&) const = default;
};

MediaPeers media_peers(const ServerConfig& config);

}  // namespace turnpike::livekit
