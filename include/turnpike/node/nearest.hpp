// Whose URLs a participant gets who asks for them: those of the nodes that are near and have room.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "turnpike/base/random.hpp"
#include "turnpike/fleet/node_record.hpp"
#include "turnpike/fleet/regions.hpp"

namespace turnpike::node {

// Who asks.
struct Asker {
  std::string_view region;  // that the request names; "": none
  IpAddress address;
};

// The first of these regions that has a node with URLs which does not drain: the one that the request names,
// the one that the table has for the address, the node's own.
std::string_view region_for(const Asker& asker, const fleet::Regions& table, const fleet::NodeRecord& self,
                            const std::vector<const fleet::NodeRecord*>& live);

// The URLs of at most three nodes: those of the region first, as fleet::nearest_urls() has them.
std::vector<std::string> urls_for(const Asker& asker, const fleet::Regions& table, double high_water,
                                  const fleet::NodeRecord& self,
                                  const std::vector<const fleet::NodeRecord*>& live, Random& random);

}  // namespace turnpike::node
