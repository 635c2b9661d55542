// Who is barred in the fleet is barred here: words of other nodes go to the ledger and end allocations, and
// words of this node go to the others.
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

// On the main thread. Where no Redis is configured whatever is said counts, and nobody is told.
class Revocations {
 public:
  // Ends every allocation of these users on every worker.
  using Revoke = std::function<boost::asio::awaitable<bool>(std::vector<std::string> user_ids)>;

  // Follows the service's ticks. What it is given must outlive it.
  Revocations(boost::asio::io_context& context, FleetService& service, turn::Ledger& ledger, Revoke revoke);
  Revocations(const Revocations&) = delete;
  Revocations& operator=(const Revocations&) = delete;

  // What LiveKit has said, and when, by its clock. False: something later was said already, here or
  // elsewhere.
  bool bar(const std::string& user_id, Duration life, UnixSeconds said);
  bool lift(const std::string& user_id, UnixSeconds said);
  // By LiveKit's word.
  bool is_barred(const std::string& user_id) const;
  // An operator has barred the user for so long, or, for no time, lifts that.
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
