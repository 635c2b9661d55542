// Opens the sockets that clients come to, for each worker its own on the same ports.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "turnpike/base/endpoint.hpp"
#include "turnpike/base/result.hpp"
#include "turnpike/config/config.hpp"
#include "turnpike/net/listener.hpp"
#include "turnpike/net/udp_socket.hpp"

namespace turnpike::path {

struct StreamListener {
  net::Listener socket;
  Transport transport;
};

struct Listeners {
  bool gro = true;  // of `udp`, as of the relay sockets to come: net::UdpOptions
  std::vector<net::UdpSocket> udp;
  std::vector<StreamListener> streams;
  std::vector<IpPrefix> balancers;  // whose connections to `streams` begin with a PROXY header
};

// One set of listeners for each of `workers`, with SO_REUSEPORT. Throws std::runtime_error naming key,
// address and reason, also where another process has a port, be it one that shares it. A wildcard of a family
// that this host does not have is left out with a warning.
std::vector<Listeners> open_listeners(const config::ListenConfig& config, std::uint32_t workers,
                                      bool gro = true);

// A socket on which a process before this one has served clients.
struct Inherited {
  Transport transport;
  net::FileDescriptor fd;
};
struct NotInherited {
  std::size_t index;  // of the first that is of no use
  net::Unfit reason;
};
// One worker's listeners from such sockets; all are closed where one of them is of no use. Its balancers are
// the caller's to name.
Result<Listeners, NotInherited> adopt_listeners(std::vector<Inherited> sockets, bool gro = true);

// Each as transport and address: "udp:0.0.0.0:3478".
std::vector<std::string> names_of(const Listeners& listeners);

}  // namespace turnpike::path
