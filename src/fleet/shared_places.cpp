#include "turnpike/fleet/shared_places.hpp"

namespace turnpike::fleet {

SharedPlaces::SharedPlaces(const Keys& keys, const Seal& seal, std::string node_id)
    : seal_(seal),
      node_id_(node_id),
      own_(Kind::places, keys, seal, node_id),
      others_(Kind::places, keys, seal) {}

std::uint32_t SharedPlaces::others_hold(const Digests& user) const {
  const std::uint64_t sum = others_.sum(user);
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(sum, std::numeric_limits<std::uint32_t>::max()));
}

std::uint32_t SharedPlaces::to_give_back(const Digests& user, std::uint32_t places_max) const {
  const std::uint64_t own = own_.amount_of(user.front());
  if (places_max == 0 || own == 0) return 0;
  std::uint64_t before = 0;
  for (const OthersHoldings::Held& each : others_.held(user)) {
    if (each.node_id < node_id_) before += each.amount;
  }
  const std::uint64_t kept = before >= places_max ? 0 : std::min(own, places_max - before);
  return static_cast<std::uint32_t>(own - kept);
}

}  // namespace turnpike::fleet
