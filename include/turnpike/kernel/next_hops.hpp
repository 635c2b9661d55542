// Finds where packets to a destination leave, as the kernel's routing decides it: asks by netlink, and
// remembers the answer until something changes.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

#include "turnpike/base/endpoint.hpp"
#include "turnpike/base/hash.hpp"
#include "turnpike/kernel/hop_limits.hpp"
#include "turnpike/kernel/hop_question.hpp"
#include "turnpike/kernel/netlink_socket.hpp"
#include "turnpike/kernel/route_messages.hpp"
#include "turnpike/kernel/xdp_features.hpp"

namespace turnpike::kernel {

// Serves all workers, on one thread; each call may block while the kernel answers. Policy routing and
// multipath are decided by the kernel from the addresses alone: rules that select by port are not seen.
class NextHops {
 public:
  // Watches the network namespace of the calling thread. Throws std::system_error.
  NextHops();

  // Returns a descriptor that is readable when something has changed.
  int fd() const { return events_.fd(); }
  // Reads the notifications; returns true if find() may answer otherwise than before.
  bool on_ready();
  // Checks the system's default hop limits, whose changes are not announced: call it now and then. Returns
  // true if find() may answer otherwise than before.
  bool look_again();

  // Returns the next hop of UDP datagrams with these addresses. For an address of this host that is loopback,
  // unless one of the two is a loopback address. Returns none, which leaves the packets to the sockets, if
  // there is no route, if the destination is multicast, broadcast or refused, or if the way is not simply a
  // neighbour on a link. Costs a few system calls if the answer is not remembered.
  std::optional<NextHop> find(const AddressPair& pair);
  // Answers questions in their order.
  std::vector<HopAnswer> answer(std::span<const HopQuestion> questions);
  // Forgets all answers. Call it when programs were attached or detached, since a driver's abilities may
  // change by that.
  void forget();

 private:
  std::optional<NextHop> ask(const AddressPair& pair);
  const Link* link(std::uint32_t index);
  bool takes_frames(const Link& link);
  MacAddress neighbour(std::uint32_t interface, const IpAddress& address);
  void learn(const nlmsghdr& message);
  void learn_link(const nlmsghdr& message);
  void learn_neighbour(const nlmsghdr& message);

  NetlinkSocket events_, questions_;
  XdpFeatures features_;
  HopLimits hop_limits_;
  boost::unordered_flat_map<AddressPair, std::optional<NextHop>, ByteHash>
      answers_;  // without neighbours; at most kAnswersMax
  // of the gateways in answers_, by interface
  std::map<std::pair<std::uint32_t, IpAddress>, MacAddress> neighbours_;
  std::unordered_map<std::uint32_t, bool> takes_frames_;  // by index
  std::unordered_map<std::uint32_t, Link> links_;         // by index
  bool changed_ = false;                                  // since the last on_ready()
};

}  // namespace turnpike::kernel
