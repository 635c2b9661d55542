// Applies the fleet's bars on this node and tells the fleet of this node's: a bar stops new allocations of a
// user and ends those that live.
//
//   webhook or operator on node A -> bar() -> Redis -> node B: tick -> ledger (no new allocations)
//                                                                   -> every worker (ends live ones)
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "turnpike/fleet/word.hpp"
#include "turnpike/net/asio.hpp"
#include "turnpike/node/fleet_service.hpp"
#include "turnpike/turn/ledger.hpp"

namespace turnpike::node {

// Shares bars with the other nodes, on the main thread. Without a configured Redis every call succeeds and no
// node is told.
class Revocations {
 public:
  // Ends every allocation of these users on every worker.
  using Revoke = std::function<boost::asio::awaitable<bool>(std::vector<std::string> user_ids)>;

  // Registers with the service's ticks. All arguments must outlive this object.
  Revocations(boost::asio::io_context& context, FleetService& service, turn::Ledger& ledger, Revoke revoke);
  Revocations(const Revocations&) = delete;
  Revocations& operator=(const Revocations&) = delete;

  // Bars a user for `life`, or lifts the bar, by LiveKit's word of `said`, by LiveKit's clock. Returns false
  // and changes nothing if this node or another has a later word already.
  bool bar(const std::string& user_id, Duration life, UnixSeconds said);
  bool lift(const std::string& user_id, UnixSeconds said);
  // Returns whether the fleet knows a bar by LiveKit's word.
  bool is_barred(const std::string& user_id) const;
  // Bars a user for `life` by an operator's word; a `life` of 0 lifts that bar.
  void bar_by_operator(const std::string& user_id, Duration life);

 private:
  void follow();
  void put_in_force(const fleet::Verdict& verdict);

  boost::asio::io_context& context_;
  FleetService& service_;
  turn::Ledger& ledger_;
  Revoke revoke_;
};

}  // namespace turnpike::node
