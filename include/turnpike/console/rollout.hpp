// Drains the nodes of a fleet one after the other: `turnpike drain --fleet`.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "turnpike/base/result.hpp"
#include "turnpike/base/time.hpp"
#include "turnpike/console/link.hpp"

namespace turnpike::console {

// A node in the answer of GET /api/v1/fleet.
struct NodeLine {
  std::string id;
  std::string name;  // for people: first digits of the id, region and an address
  bool is_draining = false;

  bool operator==(const NodeLine&) const = default;
};

// The nodes of a fleet as one of them sees it.
struct FleetView {
  bool is_in_fleet = false;
  bool is_connected = false;  // to Redis; false: what is known of the other nodes is old
  std::string this_node;
  std::vector<NodeLine> nodes;  // includes this node

  // Returns the node of this id, or nullptr.
  const NodeLine* find(const std::string& id) const;
  std::size_t serving() const;  // number of nodes that do not drain
};
// Reads the body of GET /api/v1/fleet.
FleetView fleet_view(const boost::json::object& fleet);

// How long the rollout waits for each node.
struct RolloutOptions {
  Duration drained_within = std::chrono::hours(1);
  Duration back_within = std::chrono::minutes(5);  // 0: drained nodes do not come back; do not wait
};

// Drains the nodes of a fleet one by one: asks a node to drain, waits until it has ended and as many nodes
// serve as at the beginning, and only then asks the next. If this process ends, no further node is asked.
// Nodes that already drain come first, the node that is asked over the control socket last. A node counts as
// ended when only this node is missing, or, where others are missing too, when it has been missing for longer
// than a heartbeat takes. Where all others are missing, it is unknown whether the node has ended.
class Rollout {
 public:
  // The functions by which a rollout acts, so that tests can replace them.
  struct World {
    std::function<Result<Answer, std::string>()> fleet;                       // GET /api/v1/fleet
    std::function<Result<Answer, std::string>(const std::string& id)> drain;  // POST /api/v1/fleet/drain
    std::function<void(Duration)> sleep;
    std::function<TimePoint()> now;
    std::function<void(const std::string& line)> say;
  };

  Rollout(World world, const RolloutOptions& options) : world_(std::move(world)), options_(options) {}

  // Drains all nodes. Returns "" on success, or one line that says why the rollout has stopped. Blocks.
  std::string run();

 private:
  std::vector<NodeLine> in_order(const FleetView& view) const;
  std::string drain(const NodeLine& node);
  std::string wait_until_gone(const NodeLine& node);
  std::string order(const NodeLine& node);
  std::string wait_until_back(const NodeLine& node, TimePoint since);
  Result<FleetView, std::string> look();

  World world_;
  RolloutOptions options_;
  std::string this_node_;
  std::size_t nodes_ = 0;  // at the beginning
};

}  // namespace turnpike::console
