// A small HTTP/1.1 server for few clients, on TCP and Unix sockets, with one table of routes and limits over
// all connections.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "turnpike/base/endpoint.hpp"
#include "turnpike/base/result.hpp"
#include "turnpike/http/service.hpp"
#include "turnpike/net/file_descriptor.hpp"

namespace turnpike::http {

// Serves one set of routes on all its sockets: what may be asked only through some sockets needs another
// server. Everything happens on the thread that runs the io_context, which may outlive the server.
class Server {
 public:
  // Listens nowhere yet. Requests without a route go to one of `upstreams` if one is responsible.
  Server(boost::asio::io_context& context, std::vector<Route> routes, Limits limits = {},
         FaultLog on_fault = {}, std::shared_ptr<const Upstreams> upstreams = {}, PassedLog on_passed = {});
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Listens on a TCP address and returns it with its port, which the kernel chooses for port 0. "[::]" also
  // takes IPv4. Returns the error of the first system call that failed, e.g. address_in_use.
  Result<Endpoint> listen(const Endpoint& local);
  // Listens on a Unix socket. Returns the errors of listen_on_unix_socket().
  Result<void> listen_unix(const std::string& path);

  // Serves a connected stream socket like an accepted one, with the same limits: if these leave no room, the
  // connection is closed at once. Returns an error if `fd` is no such socket, and operation_aborted after
  // stop().
  Result<void> adopt(net::FileDescriptor fd, const Adopted& who);

  // Replaces routes, limits and upstreams for new connections; open connections keep theirs.
  void replace(std::vector<Route> routes, Limits limits, std::shared_ptr<const Upstreams> upstreams = {});
  // Stops listening on all listeners but the last `last` ones; connections stay.
  void leave_before(std::size_t last);
  // Stops listening on the listener that was opened last.
  void leave_last();
  // Closes all listeners and connections at once and removes the files of Unix sockets. No handler is called
  // afterwards.
  void stop();

  // Returns how many connections are open.
  std::size_t connections() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace turnpike::http
