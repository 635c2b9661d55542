// Finds channels that lead to each other's relays, so that one kernel flow each way joins their two clients.
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

// A table of all channels of all workers. Thread-safe by a lock, which is taken when channels come, change or
// go and when counters are read, but never for a packet.
//
// A flow that joins two clients lies in the FlowStore of the sender's worker. The receiver's worker may end
// the flow, move its deadline and read its counters, all by mapped memory. While the flow stands in this
// table, its slot belongs to no other flow.
class FacingRoutes {
 public:
  // Number of one stay of a route, from publish() to retract(); never given twice.
  using Stay = std::uint64_t;
  // A route that faces another one.
  struct Facing {
    relay::Route route;
    Stay stay = 0;
  };

  FacingRoutes() = default;
  FacingRoutes(const FacingRoutes&) = delete;
  FacingRoutes& operator=(const FacingRoutes&) = delete;

  // Adds a route, or sets the deadline of a known one; joining flows from and to its client follow at once.
  // Returns the channel that faces a new route, if there is one.
  std::optional<ChannelKey> publish(const relay::Route& route);
  // The remains of a route that was retracted.
  struct Left {
    FlowCounters received;             // all that its client has received by joining flows
    std::optional<ChannelKey> facing;  // the channel that faced it; none: there was none
  };
  // Removes a route. When the call returns, nothing is relayed to its client from the client that faces it.
  // The caller must have removed the flow that its own client sends by.
  Left retract(const relay::Route& route);

  // Returns the route whose relay is this route's peer, and whose peer is this route's relay; none if there
  // is none.
  std::optional<Facing> facing(const relay::Route& route) const;
  // Returns what the client of this route has received by joining flows.
  FlowCounters received(const relay::Route& route) const;

  // Adds a flow from the client of `sender` to the client of `receiver`, until the earlier of both deadlines.
  // Returns NoFlow::left if one of the routes is not there any more, otherwise the errors of
  // FlowStore::add().
  [[nodiscard]] Result<FlowId, NoFlow> join(const relay::Route& sender, const Facing& receiver,
                                            const Way& way, FlowStore& flows, TimePoint now);
  // Removes a joining flow from the store that it was added to. Returns its last counters.
  FlowCounters part(const relay::Route& sender, FlowId flow, FlowStore& flows, TimePoint now);

 private:
  // A flow that joins two clients.
  struct Joined {
    FlowStore* store;
    FlowId flow;
    TimePoint deadline;
  };
  struct Entry {
    relay::Route route;
    Stay stay = 0;
    std::optional<Joined> sends;  // to the client of the facing route
    FlowCounters received;        // by joining flows that are gone
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
