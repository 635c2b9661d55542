// Turns routes into kernel flows, and counts what these have relayed.
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

// Gives the kernel flows for the channels of one worker. The worker's relay::RouteTable has every route, and
// the sockets relay what has no flow: permissions, clients on streams, and channels whose next hop is missing
// or not known yet. Next hops are asked for, a bounded number at a time, and a flow is made when the answer
// comes. If two channels lead to each other's relays, one flow each way makes both hops at once and never
// leaves the host in between.
class RouteSink {
 public:
  // note_passed() looks at one in kPassedPerLook packets. The number is odd, so that the two directions of a
  // call take turns.
  static constexpr std::uint32_t kPassedPerLook = 17;
  // Packets that are found missed before note_passed() names an interface.
  static constexpr std::uint32_t kPassedMax = 16;
  // Client addresses that these packets must come from: a single client may send what the program always
  // leaves to the sockets.
  static constexpr std::size_t kPassedClientsMin = 3;

  // Makes the worker of another channel call look_again() for that channel.
  using Tell = std::function<void(const ChannelKey&)>;

  RouteSink(FlowStore& flows, FacingRoutes& facing, Tell tell)
      : flows_(flows), facing_(facing), tell_(std::move(tell)) {}
  // Ends all flows that lead to the sink's clients.
  ~RouteSink();
  RouteSink(const RouteSink&) = delete;
  RouteSink& operator=(const RouteSink&) = delete;

  // Adds a route, or sets the deadline of a known one: existing flows follow at once, missing ones are asked
  // about.
  void publish(const relay::Route& route, TimePoint now);
  // Removes a route and its flows: the kernel relays nothing by it when the call returns. Ignores unknown
  // routes; the deadline is not compared.
  void retract(const relay::Route& route, TimePoint now);
  // Adjusts the flows of a channel after the route that faces it has come or gone. Ignores unknown channels.
  void look_again(const ChannelKey& key, TimePoint now);

  // Sets the interfaces, by index, that the program is attached to. Packets are expected at the interface by
  // which answers to their sender leave. All routes are asked about again, because the network may have
  // changed.
  void serve(std::set<std::uint32_t> interfaces);
  // Returns the questions to ask now, and gives up those that are late. Call it once a turn and when
  // next_deadline() has passed.
  std::vector<HopQuestion> ask(TimePoint now);
  // Takes an answer. Answers come in the order of the questions; some may be missing or late.
  void take(const HopAnswer& answer, TimePoint now);
  // Returns when an answer will be late; none if no question is open.
  std::optional<TimePoint> next_deadline() const { return open_.next_deadline(); }

  // Notes that a packet of this route came to the sockets. Returns the index of the interface where the
  // program should have taken it, once kPassedMax such packets of kPassedClientsMin clients were seen whose
  // flows never relayed any; otherwise 0.
  std::uint32_t note_passed(const relay::Route& route, bool from_client);

  // Returns what the kernel has relayed for an allocation; final once its routes are retracted.
  relay::Traffic traffic(relay::AllocationId allocation) const;
  // Returns what traffic() returns, and forgets the counts of flows that are gone.
  relay::Traffic take_traffic(relay::AllocationId allocation);
  // Returns true if the kernel relays any channel of the allocation.
  bool has_flows(relay::AllocationId allocation) const;
  const FlowAdmissions& admissions() const { return admissions_; }

 private:
  enum Direction { to_peer, to_client };
  // A flow that the kernel has.
  struct Installed {
    FlowId id;
    Way way;
    TimePoint deadline;
    // The route whose client receives the packets, for a flow that joins two clients.
    std::optional<FacingRoutes::Stay> receiver;
  };
  // The packets at an interface that note_passed() has looked at.
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
  std::map<std::uint32_t, Passed> passed_;  // by interface, since note_passed() named it last
  std::uint32_t passed_total_ = 0;
  std::map<ChannelKey, Entry> routes_;
  std::unordered_map<relay::AllocationId, relay::Traffic> removed_;  // the traffic of flows that are gone
  std::set<ChannelKey> waiting_;        // routes that lack a flow, to be asked about first
  std::optional<ChannelKey> reviewed_;  // the last one that was asked about again
  bool changed_ = false;                // since that review began
  OpenQuestions open_;
  FlowAdmissions admissions_;
};

}  // namespace turnpike::kernel
