#include "turnpike/node/report.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace turnpike::node {
namespace {

namespace json = boost::json;

json::object node_json(const fleet::NodeRecord& node, bool is_this, TimePoint heard, const Now& now) {
  json::array addresses;
  for (const auto& [transport, endpoint] : node.addresses)
    addresses.emplace_back(std::string(to_string(transport)) + " " + endpoint.to_string());
  return {{"node", node.id},
          {"is_this", is_this},
          {"region", node.region},
          {"addresses", std::move(addresses)},
          {"certificate_name", node.certificate_name},
          {"urls", json::array(node.urls.begin(), node.urls.end())},
          {"busy_permille", node.load.busy_permille},
          {"ports_used", node.load.ports_used},
          {"ports_total", node.load.ports_total},
          {"load_permille", static_cast<std::uint64_t>(node.load.share() * 1000)},
          {"bits_per_second", node.load.bits_per_second},
          {"engine", node.engine},
          {"version", node.version},
          {"is_draining", node.is_draining},
          {"heard_s_ago", std::chrono::duration_cast<std::chrono::seconds>(now.monotonic - heard).count()}};
}

}  // namespace

json::object fleet_json(const fleet::NodeRecord& self, const fleet::Membership& members, bool is_connected,
                        const Now& now) {
  std::vector<const fleet::NodeRecord*> nodes = members.live();
  nodes.push_back(&self);
  std::ranges::sort(nodes, {},
                    [](const fleet::NodeRecord* node) { return std::tie(node->region, node->id); });
  json::array list;
  for (const fleet::NodeRecord* node : nodes) {
    const fleet::Member* const member = node == &self ? nullptr : members.find_live(node->id);
    list.push_back(node_json(*node, node == &self, member == nullptr ? now.monotonic : member->heard, now));
  }
  return {
      {"is_in_fleet", true}, {"is_connected", is_connected}, {"node", self.id}, {"nodes", std::move(list)}};
}

}  // namespace turnpike::node
