// `turnpike drain --fleet`: one node after the other drains, ends and comes back.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "turnpike/base/result.hpp"
#include "turnpike/base/time.hpp"
#include "turnpike/console/link.hpp"

namespace turnpike::console {

// A node as GET /api/v1/fleet has it.
struct NodeLine {
  std::string id;
  std::string name;  // for people: the first digits of its id, its region and an address
  bool is_draining = false;

  bool operator==(const NodeLine&) const = default;
};

struct FleetView {
  bool is_in_fleet = false;
  bool is_connected = false;  // else what is known of the others is old
  std::string this_node;
  std::vector<NodeLine> nodes;  // this one included

  const NodeLine* find(const std::string& id) const;
  std::size_t serving() const;  // that do not drain
};
FleetView fleet_view(const boost::json::object& fleet);

struct RolloutOptions {
  Duration drained_within = std::chrono::hours(1);
  Duration back_within = std::chrono::minutes(5);  // 0: nobody comes back, and nobody waits for it
};

// It asks one node to drain, waits until that has ended and as many nodes serve as at the beginning, and only
// then asks the next one: whoever ends this ends the rollout. Those that drain already come first, the node
// that is asked last. A node has ended when it alone is missing; where others are missing, too, when it is so
// for longer than a heartbeat takes. Where all others are missing it is not known.
class Rollout {
 public:
  // What there is around it.
  struct World {
    std::function<Result<Answer, std::string>()> fleet;                       // GET /api/v1/fleet
    std::function<Result<Answer, std::string>(const std::string& id)> drain;  // that node
    std::function<void(Duration)> sleep;
    std::function<TimePoint()> now;
    std::function<void(const std::string& line)> say;
  };

  Rollout(World world, const RolloutOptions& options) : world_(std::move(world)), options_(options) {}

  // Empty: every node has drained. Else why it has stopped, in one line.
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
