// Where packets to a destination leave, as the kernel's routing decides it: asked by netlink, remembered
// until something changes.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <unordered_map>
#include <utility>

#include "turnpike/base/endpoint.hpp"
#include "turnpike/base/hash.hpp"
#include "turnpike/kernel/flow.hpp"
#include "turnpike/kernel/netlink_socket.hpp"
#include "turnpike/kernel/route_messages.hpp"
#include "turnpike/kernel/xdp_features.hpp"

namespace turnpike::kernel {

class NextHopSource {
 public:
  virtual ~NextHopSource() = default;
  // For UDP datagrams with these addresses. None where no interface but loopback would carry them: no route,
  // or a destination that is local, multicast, broadcast or refused; nor where the way is more than a
  // neighbour on a link. Such packets are the sockets'.
  virtual std::optional<NextHop> find(const IpAddress& from, const IpAddress& to) = 0;
  // Programs were attached or detached, and drivers may have come to do other things.
  virtual void attachments_changed() = 0;
};

// One a worker. Policy routing and multipath are the kernel's business, by address: rules that select by port
// are not seen.
class NextHops final : public NextHopSource {
 public:
  // Of the network namespace of the calling thread. Throws std::system_error.
  NextHops();

  // Readable when something has changed.
  int fd() const { return events_.fd(); }
  // Reads notifications. True: find() may answer otherwise than before.
  bool on_ready();

  // `from` is an address of this host. Costs a few system calls if the answer is not known.
  std::optional<NextHop> find(const IpAddress& from, const IpAddress& to) override;
  void attachments_changed() override { forget(); }

 private:
  struct Pair {
    IpAddress from, to;
    bool operator==(const Pair&) const = default;
  };

  std::optional<NextHop> ask(const Pair& pair);
  const Link* link(std::uint32_t index);
  bool takes_frames(const Link& link);
  MacAddress neighbour(std::uint32_t interface, const IpAddress& address);
  void learn(const nlmsghdr& message);
  void learn_link(const nlmsghdr& message);
  void learn_neighbour(const nlmsghdr& message);
  void forget();

  NetlinkSocket events_, questions_;
  XdpFeatures features_;
  boost::unordered_flat_map<Pair, std::optional<NextHop>, ByteHash>
      answers_;  // without neighbours; at most kAnswersMax
  std::map<std::pair<std::uint32_t, IpAddress>, MacAddress> neighbours_;  // of answers, by interface
  std::unordered_map<std::uint32_t, bool> takes_frames_;                  // by index
  std::unordered_map<std::uint32_t, Link> links_;                         // by index
  bool changed_ = false;                                                  // since the last on_ready()
};

}  // namespace turnpike::kernel
