// Channels that lead to each other's relays, whichever workers have them: one flow each way joins their
// clients.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

#include "turnpike/base/result.hpp"
#include "turnpike/base/time.hpp"
#include "turnpike/kernel/flow_table.hpp"
#include "turnpike/kernel/hop_question.hpp"
#include "turnpike/relay/route.hpp"

namespace turnpike::kernel {

// One for all workers, thread-safe by its lock. Touched when channels come, change or go, and when their
// counters are read; never by a packet.
//
// A flow that joins two clients belongs to the worker of its sender, whose FlowStore it is in. The receiver's
// worker may end it, move its deadline and read its counters: all of that is mapped memory, and as long as
// the flow stands here its slot is nobody else's.
class FacingRoutes {
 public:
  // Of one stay of a route, from its publication to its retraction. Never given twice.
  using Stay = std::uint64_t;
  struct Facing {
    relay::Route route;
    Stay stay = 0;
  };

  FacingRoutes() = default;
  FacingRoutes(const FacingRoutes&) = delete;
  FacingRoutes& operator=(const FacingRoutes&) = delete;

  // The route, or another deadline for the one that is there, which flows from and to its client follow at
  // once. Returns the channel that faces it, if there is one that did not before.
  std::optional<ChannelKey> publish(const relay::Route& route);
  // Nothing is relayed to its client from the one that it faces when this returns. The caller has removed
  // what it sends.
  struct Left {
    FlowCounters received;  // from that client in all
    std::optional<ChannelKey> facing;
  };
  Left retract(const relay::Route& route);

  // The route whose relay is this one's peer, and the other way round.
  std::optional<Facing> facing(const relay::Route& route) const;
  // What the client of this route has got from the one that it faces, by flows that join them.
  FlowCounters received(const relay::Route& route) const;

  // Adds the flow from the client of `sender` to the one of `receiver`, until the earlier of both deadlines.
  // The error is left if the receiver's stay is over, or what FlowStore::add says.
  [[nodiscard]] Result<FlowId, NoFlow> join(const relay::Route& sender, const Facing& receiver,
                                            const Way& way, FlowStore& flows, TimePoint now);
  // Removes that flow from the store that it was added to. Returns its last counters.
  FlowCounters part(const relay::Route& sender, FlowId flow, FlowStore& flows, TimePoint now);

 private:
  struct Joined {
    FlowStore* store;
    FlowId flow;
    TimePoint deadline;
  };
  struct Entry {
    relay::Route route;
    Stay stay = 0;
    std::optional<Joined> sends;  // to the client of the facing route
    FlowCounters received;        // by flows that were parted
  };
  using Ends = std::pair<RelayEndpoint, PeerEndpoint>;

  static Ends ends_of(const relay::Route& route) { return {route.relay, route.peer}; }
  static Ends facing_ends(const relay::Route& route) {
    return {RelayEndpoint(route.peer.plain()), PeerEndpoint(route.relay.plain())};
  }
  static void follow_deadlines(Entry& entry, const Entry& facing);
  FlowCounters received_by(const Entry& entry) const;

  mutable std::mutex mutex_;
  std::map<Ends, Entry> entries_;
  Stay last_stay_ = 0;
};

}  // namespace turnpike::kernel
