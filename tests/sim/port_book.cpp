// The rules of ports, looked up one by one.
#include "port_book.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace turnpike::sim {

using turn::NameKind;
using turn::Parity;

bool PortBook::is_free(const RelayEndpoint& relay) const {
  return relay.port >= range_.min && relay.port <= range_.max && !leased_.contains(relay) &&
         std::ranges::find(resting_, relay, &Resting::relay) == resting_.end();
}

bool PortBook::fits(const RelayEndpoint& relay, Parity parity) const {
  return parity == Parity::any || relay.port % 2 == 0;
}

bool PortBook::any_free_fits(const RelayEndpoint& like, Parity parity) const {
  for (std::uint32_t port = range_.min; port <= range_.max; ++port) {
    const RelayEndpoint relay = like.with_port(static_cast<std::uint16_t>(port));
    if (fits(relay, parity) && is_free(relay)) return true;
  }
  return false;
}

// There is one address a family. Which of several pairs is given is the pools' business. A port that was
// given back at this very moment may have come too late.
void PortBook::judge(const RelayEndpoint& relay, Parity parity, const turn::Tenant& tenant, TimePoint now) {
  if (parity == Parity::pair) return;
  const auto could_be = [&](const Resting& each) {
    return each.relay.family() == relay.family() && fits(each.relay, parity);
  };
  const bool is_personal = tenant.kind == NameKind::personal;
  const auto longest = std::ranges::find_if(resting_, could_be);
  const auto own = std::ranges::find_if(
      resting_, [&](const Resting& each) { return could_be(each) && each.owner == tenant.user_id; });
  if (is_personal && own != resting_.end()) {
    if (own->relay == relay) return referee_.saw("own port again");
    if (own->since < now) return referee_.violation("a user did not get their own port that rested longest");
  }
  if (is_free(relay)) return;
  referee_.saw("port given before its rest was over");
  if (longest == resting_.end() || longest->relay != relay)
    return referee_.violation("of the ports that rest one was given that has not rested longest");
  if (is_personal && any_free_fits(relay, parity))
    referee_.violation("a port was given to another user before its rest was over, while others were free");
}

void PortBook::leased(const RelayEndpoint& relay, Parity parity, const turn::Tenant& tenant, bool is_redeemed,
                      TimePoint now) {
  std::erase_if(resting_, [&](const Resting& each) { return each.since + quiet_ <= now; });
  if (is_redeemed) {
    if (!leased_.contains(relay)) referee_.violation("a port was redeemed that was not reserved");
    return;
  }
  judge(relay, parity, tenant, now);
  const std::string owner = tenant.kind == NameKind::personal ? tenant.user_id : "";
  take(relay, owner);
  if (parity == Parity::pair) take(turn::partner_of(relay), owner);
}

void PortBook::take(const RelayEndpoint& relay, const std::string& owner) {
  if (!leased_.emplace(relay, owner).second)
    referee_.violation(fmt::format("port {} is given out twice", relay.to_string()));
  std::erase_if(resting_, [&](const Resting& each) { return each.relay == relay; });
}

void PortBook::failed(const RelayEndpoint& relay) {
  if (const auto found = leased_.find(relay); found != leased_.end()) found->second.clear();
}

void PortBook::released(const RelayEndpoint& relay, TimePoint now) {
  const auto found = leased_.find(relay);
  const std::string owner = found == leased_.end() ? "" : found->second;
  if (found != leased_.end()) leased_.erase(found);
  std::erase_if(resting_, [&](const Resting& each) { return each.relay == relay; });
  resting_.push_back({relay, owner, now});
}

void PortBook::restart(const std::set<RelayEndpoint>& leased) {
  resting_.clear();
  std::erase_if(leased_, [&](const auto& each) { return !leased.contains(each.first); });
}

}  // namespace turnpike::sim
