// A worker's side of the kernel engine: routes become flows, follow the network, and give their counters
// back.
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

class KernelFlows {
 public:
  // Index of an interface whose packets seem to pass the program by.
  using Doubt = std::function<void(std::uint32_t interface)>;
  // Questions for the network, whose answers take() gets later.
  using Ask = std::function<void(std::vector<kernel::HopQuestion>)>;

  KernelFlows(std::unique_ptr<kernel::FlowTable> flows, kernel::FacingRoutes& facing,
              kernel::RouteSink::Tell tell, Doubt doubt, Ask ask)
      : flows_(std::move(flows)),
        routes_(*flows_, facing, std::move(tell)),
        doubt_(std::move(doubt)),
        ask_(std::move(ask)) {}
  KernelFlows(const KernelFlows&) = delete;
  KernelFlows& operator=(const KernelFlows&) = delete;

  void publish(const relay::Route& route, TimePoint now) { routes_.publish(route, now); }
  void retract(const relay::Route& route, TimePoint now) { routes_.retract(route, now); }
  // Another worker's channel that faces this one has come or gone.
  void look_again(const kernel::ChannelKey& key, TimePoint now) { routes_.look_again(key, now); }
  // A packet of the route is the sockets' to relay.
  void note_passed(const relay::Route& route, bool from_client) {
    if (const std::uint32_t interface = routes_.note_passed(route, from_client)) doubt_(interface);
  }
  relay::Traffic traffic(relay::AllocationId allocation) const { return routes_.traffic(allocation); }
  relay::Traffic take_traffic(relay::AllocationId allocation) { return routes_.take_traffic(allocation); }
  bool has_flows(relay::AllocationId allocation) const { return routes_.has_flows(allocation); }
  const kernel::FlowAdmissions& admissions() const { return routes_.admissions(); }

  // The interfaces, by index, that the program is attached to; or the network has changed otherwise.
  void serve(std::set<std::uint32_t> interfaces) { routes_.serve(std::move(interfaces)); }
  // Once a turn of the worker: what routes want to know by now, of which a bounded number is open.
  void ask(TimePoint now) {
    if (auto questions = routes_.ask(now); !questions.empty()) ask_(std::move(questions));
  }
  void take(const std::vector<kernel::HopAnswer>& answers, TimePoint now) {
    for (const kernel::HopAnswer& answer : answers) routes_.take(answer, now);
  }
  // When ask() must be called even if nothing else happens.
  std::optional<TimePoint> next_deadline() const { return routes_.next_deadline(); }

 private:
  std::unique_ptr<kernel::FlowTable> flows_;
  kernel::RouteSink routes_;
  Doubt doubt_;
  Ask ask_;
};

}  // namespace turnpike::worker
