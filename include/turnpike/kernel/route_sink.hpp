// Routes into kernel flows: which of them the kernel can relay, by which next hop, and what it has relayed.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include "turnpike/base/result.hpp"
#include "turnpike/base/time.hpp"
#include "turnpike/kernel/facing_routes.hpp"
#include "turnpike/kernel/flow_admissions.hpp"
#include "turnpike/kernel/flow_table.hpp"
#include "turnpike/kernel/hop_question.hpp"
#include "turnpike/kernel/open_questions.hpp"
#include "turnpike/relay/route.hpp"
#include "turnpike/relay/route_table.hpp"

namespace turnpike::kernel {

// One a worker, beside its relay::RouteTable, which has every route: what has no flow is relayed by the
// sockets. That is permissions, clients on streams, what has no next hop, and what has none yet: next hops
// are asked for, a bounded number at a time, and a flow is made when the answer comes. Where two channels
// lead to each other's relays, one flow each way does both hops: it never leaves the host in between.
class RouteSink {
 public:
  // Packets that came to the sockets: one in so many is looked at, and so many of those are too many, if they
  // are of several clients: one alone may have habits that the program leaves to the sockets.
  static constexpr std::uint32_t kPassedPerLook = 17;  // odd: a call's two directions take turns
  static constexpr std::uint32_t kPassedMax = 16;
  static constexpr std::size_t kPassedClientsMin = 3;  // by address

  // Has the worker of another channel call look_again().
  using Tell = std::function<void(const ChannelKey&)>;

  RouteSink(FlowStore& flows, FacingRoutes& facing, Tell tell)
      : flows_(flows), facing_(facing), tell_(std::move(tell)) {}
  ~RouteSink();  // nothing leads to its clients any more
  RouteSink(const RouteSink&) = delete;
  RouteSink& operator=(const RouteSink&) = delete;

  // The route, or another deadline for the one that is there: flows that it has follow at once, others will
  // be asked about.
  void publish(const relay::Route& route, TimePoint now);
  // Nothing is relayed by it when this returns. Unknown routes are ignored: the deadline is no part of a
  // route's name.
  void retract(const relay::Route& route, TimePoint now);
  // The channel has another route that faces it, or none any more. Unknown channels are ignored.
  void look_again(const ChannelKey& key, TimePoint now);

  // The indices of the interfaces that the program is attached to: packets are expected where answers to
  // their sender leave. Every route is asked about again, for the network may be another one.
  void serve(std::set<std::uint32_t> interfaces);
  // What is to be asked now; what was asked too long ago is the sockets'. To be called once a turn, and when
  // next_deadline() has come.
  std::vector<HopQuestion> ask(TimePoint now);
  // In the order of the questions; some may be missing. An answer may also come late.
  void take(const HopAnswer& answer, TimePoint now);
  // When an answer will be late.
  std::optional<TimePoint> next_deadline() const { return open_.next_deadline(); }

  // A packet of this route came to the sockets. Returns the interface where the program should have taken it,
  // once in kPassedMax looks at packets of several clients that belong to flows which never relayed any; else
  // 0.
  std::uint32_t note_passed(const relay::Route& route, bool from_client);

  // What the kernel has relayed for an allocation; final once its routes are retracted. take_traffic()
  // forgets it.
  relay::Traffic traffic(relay::AllocationId allocation) const;
  relay::Traffic take_traffic(relay::AllocationId allocation);
  // Whether the kernel relays any of its channels.
  bool has_flows(relay::AllocationId allocation) const;
  const FlowAdmissions& admissions() const { return admissions_; }

 private:
  enum Direction { to_peer, to_client };
  struct Installed {
    FlowId id;
    Way way;
    TimePoint deadline;
    std::optional<FacingRoutes::Stay> receiver;  // whose client gets it, where it joins two
  };
  // Of those that were looked at.
  struct Passed {
    std::uint32_t packets = 0;
    std::set<IpAddress> clients;  // up to kPassedClientsMin
  };
  struct Entry {
    relay::Route route;
    std::array<std::optional<Installed>, 2> flows;  // by Direction
    std::uint64_t asked = 0;                        // number of the last question, if it is open
  };
  struct Ways {
    Result<Way, NoFlow> to_peer, to_client;
  };
  using Facing = std::optional<FacingRoutes::Facing>;

  Result<Way, NoFlow> way(const std::optional<NextHop>& in, const std::optional<NextHop>& out) const;
  std::optional<ChannelKey> next_to_ask();
  HopQuestion question_about(const ChannelKey& key, std::uint64_t number) const;
  void adjust(const ChannelKey& key, TimePoint now);
  void tell(const std::optional<ChannelKey>& facing, TimePoint now);
  void settle(Entry& entry, Ways ways, TimePoint now);
  void reroute(Entry& entry, Direction direction, const Facing& receiver, const Result<Way, NoFlow>& way,
               TimePoint now);
  void add(Entry& entry, Direction direction, const Facing& receiver, const Way& way, TimePoint now);
  void remove(Entry& entry, Direction direction, TimePoint now);

  FlowStore& flows_;
  FacingRoutes& facing_;
  Tell tell_;
  std::set<std::uint32_t> interfaces_;
  std::map<std::uint32_t, Passed> passed_;  // by interface, since it was named
  std::uint32_t passed_total_ = 0;
  std::map<ChannelKey, Entry> routes_;
  std::unordered_map<relay::AllocationId, relay::Traffic> removed_;  // of flows that are gone
  std::set<ChannelKey> waiting_;        // routes that lack a flow, to be asked about first
  std::optional<ChannelKey> reviewed_;  // the last one that was asked about again
  bool changed_ = false;                // since that review began
  OpenQuestions open_;
  FlowAdmissions admissions_;
};

}  // namespace turnpike::kernel
