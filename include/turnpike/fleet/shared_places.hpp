// Places of users in the quota, over all nodes.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "turnpike/fleet/others_holdings.hpp"
#include "turnpike/fleet/own_holdings.hpp"

namespace turnpike::fleet {

// Each node tells how many places each of its users holds, knows what the others have told, and judges by the
// sum. What nobody has told yet nobody counts: docs/fleet.md has the bound. Not thread-safe.
class SharedPlaces {
 public:
  SharedPlaces(const Keys& keys, const Seal& seal, std::string node_id);

  // So many places the user holds on this node.
  void hold(std::string_view user_id, std::uint32_t places) { own_.set(seal_.digest(user_id), places); }
  // And so many on the others, as far as is known: none while Redis is away.
  std::uint32_t others_hold(std::string_view user_id) const;
  // How many of this node's places are beyond the limit, if several nodes have granted places that only one
  // could: of those that hold places, nodes keep theirs in the order of their ids. 0 is no limit.
  std::uint32_t to_give_back(std::string_view user_id, std::uint32_t places_max) const;

  OwnHoldings& own() { return own_; }
  OthersHoldings& others() { return others_; }
  const OthersHoldings& others() const { return others_; }

 private:
  Seal seal_;
  std::string node_id_;
  OwnHoldings own_;
  OthersHoldings others_;
};

}  // namespace turnpike::fleet
