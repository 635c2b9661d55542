// A small HTTP/1.1 server for few clients, on TCP and Unix sockets: routes are a table, limits hold for all
// of its connections together.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "turnpike/base/endpoint.hpp"
#include "turnpike/base/result.hpp"
#include "turnpike/http/service.hpp"
#include "turnpike/net/file_descriptor.hpp"

namespace turnpike::http {

// What may be asked through one socket and not through another needs a server of its own. Everything happens
// on the thread that runs the io_context, which may outlive the server.
class Server {
 public:
  // What no route serves goes to one of `upstreams`, if these have one for it.
  Server(boost::asio::io_context& context, std::vector<Route> routes, Limits limits = {},
         FaultLog on_fault = {}, std::shared_ptr<const Upstreams> upstreams = {}, PassedLog on_passed = {});
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Gives the address with its port, which the kernel chooses for port 0. "[::]" takes IPv4 too. The error is
  // that of the first system call that failed, e.g. address_in_use.
  Result<Endpoint> listen(const Endpoint& local);
  // Errors as listen_on_unix_socket().
  Result<void> listen_unix(const std::string& path);

  // Serves a connected stream socket as if it had been accepted: the limits are the same. The connection is
  // closed at once where a limit leaves no room for it. The error is why `fd` is no such socket, or
  // operation_aborted after stop().
  Result<void> adopt(net::FileDescriptor fd, const Adopted& who);

  // Of connections that come from now on; those that are there go on as they have begun.
  void replace(std::vector<Route> routes, Limits limits, std::shared_ptr<const Upstreams> upstreams = {});
  // Listens no more where it has listened before the last so many; connections stay.
  void leave_before(std::size_t last);
  void leave_last();
  // Closes everything at once and removes the files of Unix sockets; no handler is called any more.
  void stop();

  std::size_t connections() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace turnpike::http
