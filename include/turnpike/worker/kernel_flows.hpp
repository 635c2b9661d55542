// A worker's side of the kernel engine: turns routes into flows, keeps them up to date with the network, and
// returns their counters.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "turnpike/kernel/flow_table.hpp"
#include "turnpike/kernel/route_sink.hpp"

namespace turnpike::worker {

// Holds the kernel flows of one worker. Used on the worker's thread only.
class KernelFlows {
 public:
  // Reports the index of an interface whose packets seem to bypass the kernel program.
  using Doubt = std::function<void(std::uint32_t interface)>;
  // Asks the network about next hops without blocking. The answers arrive later through take().
  using Ask = std::function<void(std::vector<kernel::HopQuestion>)>;

  KernelFlows(std::unique_ptr<kernel::FlowTable> flows, kernel::FacingRoutes& facing,
              kernel::RouteSink::Tell tell, Doubt doubt, Ask ask)
      : flows_(std::move(flows)),
        routes_(*flows_, facing, std::move(tell)),
        doubt_(std::move(doubt)),
        ask_(std::move(ask)) {}
  KernelFlows(const KernelFlows&) = delete;
  KernelFlows& operator=(const KernelFlows&) = delete;

  // publish() makes the flows of a route, retract() ends them. Call each with every change of the route
  // table.
  void publish(const relay::Route& route, TimePoint now) { routes_.publish(route, now); }
  void retract(const relay::Route& route, TimePoint now) { routes_.retract(route, now); }
  // Re-evaluates the flow of a channel after the channel that faces it, on another worker, has come or gone.
  void look_again(const kernel::ChannelKey& key, TimePoint now) { routes_.look_again(key, now); }
  // Notes that a packet of the route came to the sockets and not to the kernel program.
  void note_passed(const relay::Route& route, bool from_client) {
    if (const std::uint32_t interface = routes_.note_passed(route, from_client)) doubt_(interface);
  }
  // Returns what the kernel has relayed for the allocation; take_traffic() also forgets it.
  relay::Traffic traffic(relay::AllocationId allocation) const { return routes_.traffic(allocation); }
  relay::Traffic take_traffic(relay::AllocationId allocation) { return routes_.take_traffic(allocation); }
  // Returns whether the kernel relays for the allocation.
  bool has_flows(relay::AllocationId allocation) const { return routes_.has_flows(allocation); }
  const kernel::FlowAdmissions& admissions() const { return routes_.admissions(); }

  // Sets the interfaces, by index, to which the program is attached. Call it also with the same set when the
  // network has changed in another way.
  void serve(std::set<std::uint32_t> interfaces) { routes_.serve(std::move(interfaces)); }
  // Sends the open questions of the routes to the network, a bounded number at a time. Call it once a turn of
  // the worker.
  void ask(TimePoint now) {
    if (auto questions = routes_.ask(now); !questions.empty()) ask_(std::move(questions));
  }
  // Takes the answers to questions of ask().
  void take(const std::vector<kernel::HopAnswer>& answers, TimePoint now) {
    for (const kernel::HopAnswer& answer : answers) routes_.take(answer, now);
  }
  // Returns the time at which ask() must be called even if nothing else happens; nullopt: none.
  std::optional<TimePoint> next_deadline() const { return routes_.next_deadline(); }

 private:
  std::unique_ptr<kernel::FlowTable> flows_;
  kernel::RouteSink routes_;
  Doubt doubt_;
  Ask ask_;
};

}  // namespace turnpike::worker
