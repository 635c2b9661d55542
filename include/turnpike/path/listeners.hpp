// Opens the sockets that clients come to, for each worker its own on the same ports.
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

// Where workers leave the UDP sockets that they close, until all have, or are gone. Were a worker's closed
// before the others' the kernel would hand its packets to these: to the wrong one, where their clients came
// by a wildcard that stays.
class ClosedTogether {
 public:
  // From any thread.
  void take(net::UdpSocket socket) {
    const std::lock_guard lock(mutex_);
    sockets_.push_back(std::move(socket));
  }

 private:
  std::mutex mutex_;
  std::vector<net::UdpSocket> sockets_;
};

// What becomes of one worker's listeners.
struct ListenerChange {
  std::vector<ListenerName> closed;
  std::vector<ListenerName> turned;                           // as ListenerPlan has it
  Listeners opened;                                           // with the balancers of all that are there
  std::shared_ptr<ClosedTogether> closed_together = nullptr;  // of all workers; null: each by itself
};

struct ListenerOptions {
  std::uint32_t workers = 1;
  bool gro = true;
  // Whose sockets they are to be: only sockets of one user share a port, and those of a reload are of the
  // user that the process has become. None: its own.
  std::optional<net::User> owner = std::nullopt;
};

struct ListenersOfAll {
  std::vector<OpenListener> open;       // from now on, in the order of the configuration
  std::vector<ListenerChange> changes;  // of each worker
};

// Opens what the configuration has beyond what is `open`, with SO_REUSEPORT. Throws std::runtime_error naming
// key, address and reason, also where another process has a port, be it one that shares it; nothing has
// changed then, nor has it if the result is dropped. A wildcard of a family that this host does not have is
// left out with a warning.
ListenersOfAll open_listeners(const std::vector<OpenListener>& open, const config::ListenConfig& config,
                              const ListenerOptions& options);
// Of a start: one set of listeners for each of `workers`.
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

// Each as to_string() of its name.
std::vector<std::string> names_of(const Listeners& listeners);
std::vector<std::string> names_of(const std::vector<OpenListener>& listeners);

}  // namespace turnpike::path
