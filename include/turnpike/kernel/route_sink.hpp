// Routes into kernel flows: which of them the kernel can relay, by which next hop, and what it has relayed.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>

#include "turnpike/base/time.hpp"
#include "turnpike/kernel/flow_table.hpp"
#include "turnpike/kernel/next_hops.hpp"
#include "turnpike/relay/route.hpp"
#include "turnpike/relay/route_table.hpp"

namespace turnpike::kernel {

// One a worker, beside its relay::RouteTable, which has every route: what has no flow is relayed by the
// sockets. That is permissions, clients on streams, users with a byte limit (the kernel counts, but does not
// refuse), and what has no next hop. Where two channels of this worker lead to each other's relays, one flow
// each way does both hops: it never leaves the host in between.
class RouteSink {
 public:
  static constexpr std::size_t kRoutesPerTurn = 64;
  // Packets that came to the sockets: one in so many is looked at, and so many of those are too many.
  static constexpr std::uint32_t kPassedPerLook = 17;  // odd: a call's two directions take turns
  static constexpr std::uint32_t kPassedMax = 16;

  RouteSink(FlowStore& flows, NextHopSource& next_hops) : flows_(flows), next_hops_(next_hops) {}
  RouteSink(const RouteSink&) = delete;
  RouteSink& operator=(const RouteSink&) = delete;

  // Adds the route, or moves the deadline of the one that is there.
  void publish(const relay::Route& route, TimePoint now);
  // Nothing is relayed by it when this returns. Unknown routes are ignored: the deadline is no part of a
  // route's name.
  void retract(const relay::Route& route, TimePoint now);

  // The indices of the interfaces that the program is attached to. Packets are expected where answers to
  // their sender leave.
  void serve(std::set<std::uint32_t> interfaces);
  // A packet of this route came to the sockets. Returns the interface where the program should have taken it,
  // once in kPassedMax looks at packets that belong to flows which never relayed any; else 0.
  std::uint32_t note_passed(const relay::Route& route, bool from_client);
  // The source of next hops may answer otherwise than before.
  void next_hops_changed() { changed_ = true; }
  // Looks at some routes again, after one of these two. True: there are more of them, call it again soon.
  bool revise(TimePoint now, std::size_t routes_max = kRoutesPerTurn);

  // What the kernel has relayed for an allocation; final once its routes are retracted. take_traffic()
  // forgets it.
  relay::Traffic traffic(relay::AllocationId allocation) const;
  relay::Traffic take_traffic(relay::AllocationId allocation);

 private:
  struct Key {
    relay::AllocationId allocation = 0;
    std::uint16_t channel = 0;
    auto operator<=>(const Key&) const = default;
  };
  enum Direction { to_peer, to_client };
  struct Installed {
    FlowId id;
    std::uint32_t entrance;  // index of the interface where its packets are expected
    NextHop next_hop;
    TimePoint deadline;
    std::optional<relay::AllocationId>
        receiver;  // whose client gets it, too, where the peer is a relay of this server
  };
  struct Entry {
    relay::Route route;
    std::array<std::optional<Installed>, 2> flows;  // by Direction
  };

  static void count(relay::Traffic& traffic, Direction direction, const FlowCounters& counters);
  struct Way {
    std::uint32_t entrance;
    NextHop next_hop;
  };
  // None: packets that come from where `in` leads are not seen by the program, or nothing leads on.
  std::optional<Way> way(const std::optional<NextHop>& in, const std::optional<NextHop>& out) const;
  std::optional<NextHop> hop_to_client(const relay::Route& route);
  const Entry* facing(const relay::Route& route) const;
  void settle(Entry& entry, TimePoint now);
  void settle_facing(const relay::Route& route, TimePoint now);
  void settle(Entry& entry, Direction direction, const Entry* receiver, const std::optional<Way>& way,
              TimePoint now);
  void remove(Entry& entry, Direction direction, TimePoint now);

  FlowStore& flows_;
  NextHopSource& next_hops_;
  std::set<std::uint32_t> interfaces_;
  std::map<std::uint32_t, std::uint32_t>
      passed_;  // by interface, since its last turn: of those that were looked at
  std::uint32_t passed_total_ = 0;
  std::map<Key, Entry> routes_;
  std::map<std::pair<Endpoint, Endpoint>, Key> by_ends_;             // relay and peer
  std::unordered_map<relay::AllocationId, relay::Traffic> removed_;  // of flows that are gone
  std::optional<Key> next_;                                          // where a revision goes on
  bool changed_ = false;                                             // since a revision began
};

}  // namespace turnpike::kernel
