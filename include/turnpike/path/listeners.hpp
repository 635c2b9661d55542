// Opens the sockets on which clients arrive, one for each worker on the same ports.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "turnpike/base/endpoint.hpp"
#include "turnpike/base/result.hpp"
#include "turnpike/config/config.hpp"
#include "turnpike/net/listener.hpp"
#include "turnpike/net/privileges.hpp"
#include "turnpike/net/udp_socket.hpp"
#include "turnpike/path/listener_plan.hpp"

namespace turnpike::path {

// A listening socket for TCP or TLS.
struct StreamListener {
  net::Listener socket;
  Transport transport;
};

// The listening sockets of one worker.
struct Listeners {
  bool gro = true;  // generic receive offload, for `udp` and the relay sockets: net::UdpOptions
  std::vector<net::UdpSocket> udp;
  std::vector<StreamListener> streams;
  std::vector<IpPrefix> balancers;  // their connections to `streams` begin with a PROXY header
};

// Holds UDP sockets that workers give up until all workers have given up theirs. If one worker's socket were
// closed before the others', the kernel would hand its packets to those: to the wrong worker for clients of a
// wildcard listener that stays. Thread-safe; share it by std::shared_ptr.
class ClosedTogether {
 public:
  // Takes a socket to close later, from any thread.
  void take(net::UdpSocket socket) {
    const std::lock_guard lock(mutex_);
    sockets_.push_back(std::move(socket));
  }

 private:
  std::mutex mutex_;
  std::vector<net::UdpSocket> sockets_;
};

// The change of one worker's listeners.
struct ListenerChange {
  std::vector<ListenerName> closed;
  std::vector<ListenerName> turned;  // new transport and address, as in ListenerPlan
  Listeners opened;                  // new sockets; `balancers` applies to all listeners
  // Shared by all workers; null: sockets close at once.
  std::shared_ptr<ClosedTogether> closed_together = nullptr;
};

// Options of open_listeners().
struct ListenerOptions {
  std::uint32_t workers = 1;
  bool gro = true;
  // Owner of the sockets; nullopt: the user of this process. Only sockets of one user share a port, and after
  // a reload the sockets belong to the user that the process has changed to.
  std::optional<net::User> owner = std::nullopt;
};

// The result of open_listeners() for all workers.
struct ListenersOfAll {
  std::vector<OpenListener> open;       // all listeners after the change, in the order of the configuration
  std::vector<ListenerChange> changes;  // indexed by worker
};

// Opens, with SO_REUSEPORT, the listeners that the configuration names and that are not `open` yet. Throws
// std::runtime_error naming key, address and reason, also if another process has the port, even one that
// shares it. If it throws or the result is dropped, nothing has changed. A wildcard of an address family that
// the host does not have is left out with a warning.
ListenersOfAll open_listeners(const std::vector<OpenListener>& open, const config::ListenConfig& config,
                              const ListenerOptions& options);
// Opens all listeners at start and returns one set for each worker. Throws as above.
std::vector<Listeners> open_listeners(const config::ListenConfig& config, std::uint32_t workers,
                                      bool gro = true);

// A listening socket inherited from an earlier process of this server.
struct Inherited {
  Transport transport;
  net::FileDescriptor fd;
};
// Why inherited sockets cannot be used.
struct NotInherited {
  std::size_t index;  // of the first unusable socket
  net::Unfit reason;
};
// Makes one worker's listeners from inherited sockets. If one cannot be used, all are closed. The caller sets
// `balancers`.
Result<Listeners, NotInherited> adopt_listeners(std::vector<Inherited> sockets, bool gro = true);

// Returns the name of each listener, as to_string(ListenerName).
std::vector<std::string> names_of(const Listeners& listeners);
std::vector<std::string> names_of(const std::vector<OpenListener>& listeners);

}  // namespace turnpike::path
