// Where packets to a destination leave, as the kernel's routing decides it: asked by netlink, remembered
// until something changes.
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

// One for all workers. It blocks while the kernel makes up its mind. Policy routing and multipath are the
// kernel's business, by address: rules that select by port are not seen.
class NextHops {
 public:
  // Of the network namespace of the calling thread. Throws std::system_error.
  NextHops();

  // Readable when something has changed.
  int fd() const { return events_.fd(); }
  // Reads notifications. True: find() may answer otherwise than before.
  bool on_ready();
  // To be called now and then, for the system's default hop limits change without notice. True: as above.
  bool look_again();

  // For UDP datagrams with these addresses. To an address of this host the way is loopback, unless one of
  // both is a loopback address. None where nothing would carry them: no route, or a destination that is
  // multicast, broadcast or refused; nor where the way is more than a neighbour on a link. Such packets are
  // the sockets'. Costs a few system calls if the answer is not known.
  std::optional<NextHop> find(const AddressPair& pair);
  std::vector<HopAnswer> answer(std::span<const HopQuestion> questions);
  // To be called when programs were attached or detached: drivers may have come to do other things.
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
  std::map<std::pair<std::uint32_t, IpAddress>, MacAddress> neighbours_;  // of answers, by interface
  std::unordered_map<std::uint32_t, bool> takes_frames_;                  // by index
  std::unordered_map<std::uint32_t, Link> links_;                         // by index
  bool changed_ = false;                                                  // since the last on_ready()
};

}  // namespace turnpike::kernel
