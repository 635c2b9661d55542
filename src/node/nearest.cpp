#include "turnpike/node/nearest.hpp"

#include <algorithm>

#include "turnpike/fleet/alternates.hpp"

namespace turnpike::node {

std::string_view region_for(const Asker& asker, const fleet::Regions& table, const fleet::NodeRecord& self,
                            const std::vector<const fleet::NodeRecord*>& live) {
  for (const std::string_view region : {asker.region, table.find(asker.address)}) {
    const auto serves = [region](const fleet::NodeRecord& node) {
      return node.region == region && !node.urls.empty() && !node.is_draining && !node.is_leaving;
    };
    if (region.empty()) continue;
    if (serves(self) || std::ranges::any_of(live, [&](const auto* node) { return serves(*node); }))
      return region;
  }
  return self.region;
}

std::vector<std::string> urls_for(const Asker& asker, const fleet::Regions& table, double high_water,
                                  const fleet::NodeRecord& self,
                                  const std::vector<const fleet::NodeRecord*>& live, Random& random) {
  fleet::UrlsWanted wanted;
  wanted.region = region_for(asker, table, self, live);
  wanted.high_water = high_water;
  return fleet::nearest_urls(self, live, wanted, random);
}

}  // namespace turnpike::node
