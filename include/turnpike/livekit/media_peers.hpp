// Finds the only peers that a relay beside an SFU needs: where LiveKit sends and receives media.
#pragma once

#include <string>
#include <vector>

#include "turnpike/livekit/server_config.hpp"
#include "turnpike/turn/peer_policy.hpp"

namespace turnpike::livekit {

// Peer rules derived from LiveKit's file.
struct MediaPeers {
  std::vector<turn::PeerRule> allow;  // for UDP
  std::vector<turn::PeerRule> deny;   // override `allow`
  // One sentence on what peers.allow must say because the file does not; empty if the file says all. A server
  // with an empty peers.allow must not start while `missing` is not empty.
  std::string missing;

  bool operator==(const MediaPeers&) const = default;
};

// Returns the peers of a LiveKit with this configuration.
MediaPeers media_peers(const ServerConfig& config);

}  // namespace turnpike::livekit
