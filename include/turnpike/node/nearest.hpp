// Chooses the URLs that a participant gets: those of nodes that are near and have room.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "turnpike/base/random.hpp"
#include "turnpike/fleet/node_record.hpp"
#include "turnpike/fleet/regions.hpp"

namespace turnpike::node {

// The participant that asks for URLs.
struct Asker {
  std::string_view region;  // named by the request; "" if none
  IpAddress address;
};

// Returns the region for the participant: the region of the request, or the region of the address in `table`,
// if it has a node with URLs that is neither draining nor leaving; or else the region of this node.
std::string_view region_for(const Asker& asker, const fleet::Regions& table, const fleet::NodeRecord& self,
                            const std::vector<const fleet::NodeRecord*>& live);

// Returns the URLs of at most three nodes, nodes of region_for() first, as fleet::nearest_urls().
std::vector<std::string> urls_for(const Asker& asker, const fleet::Regions& table, double high_water,
                                  const fleet::NodeRecord& self,
                                  const std::vector<const fleet::NodeRecord*>& live, Random& random);

}  // namespace turnpike::node
