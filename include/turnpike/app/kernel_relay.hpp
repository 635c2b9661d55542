// A worker's side of the in-kernel engine: routes become flows, follow the network, and give their counters back.
#pragma once

#include <memory>
#include <set>
#include <utility>

#include "turnpike/kernel/flow_table.hpp"
#include "turnpike/kernel/next_hops.hpp"
#include "turnpike/kernel/route_sink.hpp"

namespace turnpike::app {

class KernelRelay {
 public:
  explicit KernelRelay(std::unique_ptr<kernel::FlowTable> flows) : flows_(std::move(flows)), routes_(*flows_, next_hops_) {}
  KernelRelay(const KernelRelay&) = delete;
  KernelRelay& operator=(const KernelRelay&) = delete;

  void publish(const turn::Route& route, TimePoint now) { routes_.publish(route, now); }
  void retract(const turn::Route& route, TimePoint now) { routes_.retract(route, now); }
  relay::Traffic take_traffic(turn::AllocationId allocation) { return routes_.take_traffic(allocation); }

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
  bool has_more_to_revise_ = false;
};

}  // namespace turnpike::app
