// Which other nodes the workers send clients to, and when: the fleet's choice as the core takes it.
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

// Workers send everybody to the first server of their list that a client can use; so the list is another one
// several times a second, drawn anew, and who was sent where counts as load until that node is heard of
// again. Not thread-safe.
class Redirects {
 public:
  static constexpr Duration kInterval = std::chrono::milliseconds(200);

  Redirects(double high_water, Random& random) : alternates_(high_water), random_(random) {}

  void set_high_water(double high_water) { alternates_.set_high_water(high_water); }
  // What the workers are to have from now on; none: what they have. `sent`: where they have sent clients
  // since the last call. While the node neither has enough clients nor drains the list is empty; one that has
  // just begun to drain gets its list at once.
  std::optional<turn::Alternates> update(const fleet::NodeRecord& self,
                                         const std::vector<const fleet::NodeRecord*>& live,
                                         const std::vector<turn::SentTo>& sent, TimePoint now);
  // Whether clients are sent away, if there is somewhere to send them.
  bool is_sending() const { return is_sending_; }

 private:
  fleet::Alternates alternates_;
  Random& random_;
  bool is_sending_ = false;
  TimePoint drawn_{};
  turn::Alternates told_{};
};

// The line of nodes as the core's list, where each way in has a server if there is one for it: the first ones
// of the line, and of the others those that serve a transport and family that no one before them serves. One
// whose certificate has the name of `own_name`, this node's, is known to clients by it; one without a name
// serves no TLS.
std::vector<turn::AlternateServer> servers_of(const std::vector<fleet::InLine>& line,
                                              std::string_view own_name);

}  // namespace turnpike::node
