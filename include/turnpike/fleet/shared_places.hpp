// Counts users' places in the quota over all nodes.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "turnpike/fleet/others_holdings.hpp"
#include "turnpike/fleet/own_holdings.hpp"

namespace turnpike::fleet {

// Tells the others how many places each user holds on this node, and knows what they have told. Places that
// were granted but not told yet are not counted: docs/fleet.md has the bound. Not thread-safe.
class SharedPlaces {
 public:
  SharedPlaces(const Keys& keys, const Seal& seal, std::string node_id);

  const Seal& seal() const { return seal_; }
  Digests digests_of(std::string_view user_id) const { return seal_.digests(user_id); }
  // Sets how many places the user holds on this node.
  void hold(const Digests& user, std::uint32_t places) { own_.set(user.front(), places); }
  void hold(std::string_view user_id, std::uint32_t places) { hold(digests_of(user_id), places); }
  // Returns how many places the user holds on other nodes, as far as is known. While Redis cannot be reached
  // the other nodes are gone after 15 seconds, and the number is 0.
  std::uint32_t others_hold(const Digests& user) const;
  std::uint32_t others_hold(std::string_view user_id) const { return others_hold(digests_of(user_id)); }
  // Returns the digests under which this node tells a wish about the user: that the others end so many of the
  // user's places, as far as clients have left these places behind.
  Digests wishes_of(std::string_view user_id) const { return seal_.wish_digests(user_id); }
  void wish(const Digests& wishes, std::uint32_t places) { own_.set(wishes.front(), places); }
  // Returns how many of this node's places exceed the limit, if several nodes have granted places that only
  // one could: nodes keep theirs in the order of their ids. A limit of 0 means none.
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
