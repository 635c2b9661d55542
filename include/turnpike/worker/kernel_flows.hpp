// A worker's side of the kernel engine: routes become flows, follow the network, and give their counters
// back.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <utility>

#include "turnpike/kernel/flow_table.hpp"
#include "turnpike/kernel/next_hops.hpp"
#include "turnpike/kernel/route_sink.hpp"

namespace turnpike::worker {

class KernelFlows {
 public:
  // Index of an interface whose packets seem to pass the program by.
  using Doubt = std::function<void(std::uint32_t interface)>;

  KernelFlows(std::unique_ptr<kernel::FlowTable> flows, Doubt doubt)
      : flows_(std::move(flows)), routes_(*flows_, next_hops_), doubt_(std::move(doubt)) {}
  KernelFlows(const KernelFlows&) = delete;
  KernelFlows& operator=(const KernelFlows&) = delete;

  void publish(const relay::Route& route, TimePoint now) { routes_.publish(route, now); }
  void retract(const relay::Route& route, TimePoint now) { routes_.retract(route, now); }
  // A packet of the route is the sockets' to relay.
  void note_passed(const relay::Route& route, bool from_client) {
    if (const std::uint32_t interface = routes_.note_passed(route, from_client)) doubt_(interface);
  }
  relay::Traffic traffic(relay::AllocationId allocation) const { return routes_.traffic(allocation); }
  relay::Traffic take_traffic(relay::AllocationId allocation) { return routes_.take_traffic(allocation); }

  // The interfaces, by index, that the program is attached to.
  void serve(std::set<std::uint32_t> interfaces) { routes_.serve(std::move(interfaces)); }
  // Readable when routes of the network have changed.
  int fd() const { return next_hops_.fd(); }
  void on_ready() {
    if (next_hops_.on_ready()) routes_.next_hops_changed();
  }
  // After either of them, some routes at a time: call it until there are no more.
  void revise(TimePoint now) { has_more_to_revise_ = routes_.revise(now); }
  bool has_more_to_revise() const { return has_more_to_revise_; }

 private:
  std::unique_ptr<kernel::FlowTable> flows_;
  kernel::NextHops next_hops_;
  kernel::RouteSink routes_;
  Doubt doubt_;
  bool has_more_to_revise_ = false;
};

}  // namespace turnpike::worker
