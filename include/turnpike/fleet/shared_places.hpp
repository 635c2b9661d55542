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

  const Seal& seal() const { return seal_; }
  Digests digests_of(std::string_view user_id) const { return seal_.digests(user_id); }
  // So many places the user holds on this node.
  void hold(const Digests& user, std::uint32_t places) { own_.set(user.front(), places); }
  void hold(std::string_view user_id, std::uint32_t places) { hold(digests_of(user_id), places); }
  // And so many on the others, as far as is known: none while Redis is away.
  std::uint32_t others_hold(const Digests& user) const;
  std::uint32_t others_hold(std::string_view user_id) const { return others_hold(digests_of(user_id)); }
  // Wishes that others end as many of the user's places, as far as clients have left them behind. They hear
  // of it as of places that are held under wishes_of().
  Digests wishes_of(std::string_view user_id) const { return seal_.wish_digests(user_id); }
  void wish(const Digests& wishes, std::uint32_t places) { own_.set(wishes.front(), places); }
  // How many of this node's places are beyond the limit, if several nodes have granted places that only one
  // could: of those that hold places, nodes keep theirs in the order of their ids. 0 is no limit.
  std::uint32_t to_give_back(const Digests& user, std::uint32_t places_max) const;
  std::uint32_t to_give_back(std::string_view user_id, std::uint32_t places_max) const {
    return to_give_back(digests_of(user_id), places_max);
  }

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
