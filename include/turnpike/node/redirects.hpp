// Decides to which other nodes the workers send clients, and when: turns the fleet's choice into the core's
// list.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "turnpike/base/random.hpp"
#include "turnpike/base/time.hpp"
#include "turnpike/fleet/alternates.hpp"
#include "turnpike/fleet/node_record.hpp"
#include "turnpike/turn/alternates.hpp"
#include "turnpike/turn/sent_away.hpp"

namespace turnpike::node {

// Chooses the list of alternate servers. Workers send each client to the first server of the list that the
// client can use. So the list is drawn anew several times a second, and clients that were sent to a node
// count as its load until the node reports again. Not thread-safe.
class Redirects {
 public:
  // Minimum time between two lists.
  static constexpr Duration kInterval = std::chrono::milliseconds(200);

  Redirects(double high_water, Random& random) : alternates_(high_water), random_(random) {}

  void set_high_water(double high_water) { alternates_.set_high_water(high_water); }
  // Returns the new list for the workers, or nullopt if it does not change. `sent` says where the workers
  // have sent clients since the last call. The list is empty unless this node has enough clients or drains;
  // when it begins to drain it gets a list at once.
  std::optional<turn::Alternates> update(const fleet::NodeRecord& self,
                                         const std::vector<const fleet::NodeRecord*>& live,
                                         const std::vector<turn::SentTo>& sent, TimePoint now);
  // Returns whether clients are sent away, if there is a node for them.
  bool is_sending() const { return is_sending_; }

 private:
  fleet::Alternates alternates_;
  Random& random_;
  bool is_sending_ = false;
  TimePoint drawn_{};
  turn::Alternates told_{};
};

// Returns the core's list for a line of nodes, at most turn::Alternates::kServersMax servers. The first ones
// of the line are taken; the last places are for later nodes that serve a transport and family that none
// before them serves. A node whose certificate name is `own_name`, this node's, needs no domain; a node
// without a name is not used for TLS.
std::vector<turn::AlternateServer> servers_of(const std::vector<fleet::InLine>& line,
                                              std::string_view own_name);

}  // namespace turnpike::node
