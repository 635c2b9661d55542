#include "turnpike/console/rollout.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "turnpike/console/fields.hpp"
#include "turnpike/console/text.hpp"

namespace turnpike::console {
namespace {

constexpr Duration kLookEvery = std::chrono::milliseconds(500);
constexpr Duration kRepeatAfter = std::chrono::seconds(5);  // an order that may not have been heard
constexpr Duration kMissing = std::chrono::seconds(7);      // a heartbeat and the way there
constexpr Duration kNoAnswerMax = std::chrono::seconds(15);
constexpr std::size_t kIdTold = 8;

std::string name_of(const boost::json::object& node) {
  std::string name = text_in(node, "node").substr(0, kIdTold);
  std::vector<std::string> rest;
  if (const std::string region = text_in(node, "region"); !region.empty()) rest.push_back(region);
  const auto addresses = texts_in(node, "addresses");
  if (!addresses.empty()) rest.push_back(addresses.front());
  return rest.empty() ? name : fmt::format("{} ({})", name, fmt::join(rest, ", "));
}

std::string seconds_text(Duration duration) {
  return duration_text(std::chrono::duration_cast<std::chrono::seconds>(duration).count());
}

// What is seen of the node that is to end.
class Ending {
 public:
  explicit Ending(std::string id) : id_(std::move(id)) {}

  void note_order() { was_told_ = true; }
  bool has_ended(const FleetView& view, TimePoint now) {
    if (const NodeLine* const seen = view.find(id_)) {
      missing_since_.reset();
      others_ = view.nodes.size() - 1;
      has_drained_ = has_drained_ || seen->is_draining;
      return false;
    }
    // Where Redis is away or stands still, all others are missing.
    if (!view.is_connected || (others_ > 1 && view.nodes.size() == 1)) {
      missing_since_.reset();
      return false;
    }
    if (!missing_since_) missing_since_ = now;
    // One with nothing to do has ended before anybody hears that it drains.
    const bool was_to_end = has_drained_ || (was_told_ && others_ > 1);
    const bool is_alone = was_to_end && view.nodes.size() >= others_;
    return is_alone || now - *missing_since_ >= kMissing;
  }

 private:
  std::string id_;
  std::size_t others_ = 0;  // that were there when it was seen last
  bool has_drained_ = false, was_told_ = false;
  std::optional<TimePoint> missing_since_;
};

}  // namespace

const NodeLine* FleetView::find(const std::string& id) const {
  const auto found = std::ranges::find(nodes, id, &NodeLine::id);
  return found == nodes.end() ? nullptr : &*found;
}

std::size_t FleetView::serving() const {
  return static_cast<std::size_t>(std::ranges::count(nodes, false, &NodeLine::is_draining));
}

FleetView fleet_view(const boost::json::object& fleet) {
  FleetView view{
      is_true_in(fleet, "is_in_fleet"), is_true_in(fleet, "is_connected"), text_in(fleet, "node"), {}};
  for (const boost::json::object* node : objects_in(fleet, "nodes"))
    view.nodes.push_back({text_in(*node, "node"), name_of(*node), is_true_in(*node, "is_draining")});
  return view;
}

Result<FleetView, std::string> Rollout::look() {
  const auto asked = world_.fleet();
  if (!asked) return asked.error();
  if (!asked->is_good()) return asked->error();
  return fleet_view(asked->json);
}

std::vector<NodeLine> Rollout::in_order(const FleetView& view) const {
  std::vector<NodeLine> nodes = view.nodes;
  std::ranges::stable_sort(nodes, {}, [&](const NodeLine& node) {
    return node.id == view.this_node ? 2 : node.is_draining ? 0 : 1;
  });
  return nodes;
}

std::string Rollout::run() {
  const auto first = look();
  if (!first) return first.error();
  if (!first->is_in_fleet) return "this server is in no fleet: fleet.redis.url is not set";
  if (!first->is_connected) return "Redis is away: which nodes there are is not known";
  this_node_ = first->this_node;
  nodes_ = first->nodes.size();
  for (const NodeLine& node : in_order(*first)) {
    if (std::string why = drain(node); !why.empty()) return why;
  }
  world_.say("every node has drained");
  return "";
}

std::string Rollout::drain(const NodeLine& node) {
  const TimePoint begun = world_.now();
  world_.say(fmt::format("{}: draining", node.name));
  if (std::string why = wait_until_gone(node); !why.empty()) return why;
  const TimePoint gone = world_.now();
  world_.say(fmt::format("{}: drained in {}", node.name, seconds_text(gone - begun)));
  return options_.back_within == Duration{} ? "" : wait_until_back(node, gone);
}

// The own one is gone when nobody answers any more, or another process does.
std::string Rollout::wait_until_gone(const NodeLine& node) {
  const bool is_own = node.id == this_node_;
  const TimePoint until = world_.now() + options_.drained_within;
  Ending ending(node.id);
  std::optional<TimePoint> ordered, silent_since;
  while (world_.now() < until) {
    const TimePoint now = world_.now();
    const auto view = look();
    if (view) {
      silent_since.reset();
      if (view->this_node != this_node_)
        return is_own ? "" : "the server that was asked has begun anew: no other was asked to drain";
      if (ending.has_ended(*view, now)) return "";
      const NodeLine* const seen = view->find(node.id);
      const bool is_to_be_told = seen != nullptr && !seen->is_draining;
      if (is_to_be_told && (!ordered || now - *ordered >= kRepeatAfter)) {
        if (std::string why = order(node); !why.empty()) return why;
        ordered = now;
        ending.note_order();
      }
    } else {
      if (is_own && ordered) return "";
      if (!silent_since) silent_since = now;
      if (now - *silent_since >= kNoAnswerMax) return view.error();
    }
    world_.sleep(kLookEvery);
  }
  return fmt::format("{} has not ended within {}: it goes on draining, and no other was asked to", node.name,
                     seconds_text(options_.drained_within));
}

// Who is not there any more, or cannot be told at the moment, is seen by the next look.
std::string Rollout::order(const NodeLine& node) {
  const auto told = world_.drain(node.id);
  if (!told) return node.id == this_node_ ? "" : told.error();
  return told->is_good() || told->status == 404 || told->status == 503 ? "" : told->error();
}

std::string Rollout::wait_until_back(const NodeLine& node, TimePoint since) {
  std::size_t serving = 0;
  while (true) {
    const auto view = look();
    if (view && view->is_connected) {
      serving = view->serving();
      const bool is_back = node.id != this_node_ || view->this_node != this_node_;
      if (is_back && serving >= nodes_) {
        world_.say(fmt::format("{}: {} of {} nodes serve", node.name, serving, nodes_));
        return "";
      }
    }
    if (world_.now() - since >= options_.back_within)
      return fmt::format("{} has ended, but after {} only {} of {} nodes serve: no other was asked to drain",
                         node.name, seconds_text(options_.back_within), serving, nodes_);
    world_.sleep(kLookEvery);
  }
}

}  // namespace turnpike::console
