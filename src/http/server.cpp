#include "turnpike/http/server.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <list>
#include <utility>
#include <vector>

#include "turnpike/http/connection.hpp"
#include "turnpike/http/forwarded.hpp"
#include "turnpike/http/making_room.hpp"
#include "turnpike/http/unix_socket.hpp"
#include "turnpike/net/bound_socket.hpp"
#include "turnpike/net/sockaddr.hpp"

namespace turnpike::http {
namespace {

namespace asio = boost::asio;
using StreamProtocol = asio::generic::stream_protocol;
using Acceptor = asio::basic_socket_acceptor<StreamProtocol>;

constexpr Duration kAcceptPause = std::chrono::milliseconds(100);  // after an error: descriptors have run out

Result<net::FileDescriptor> listen_on_tcp(const Endpoint& local) {
  std::vector<net::SocketOption> options{{SOL_SOCKET, SO_REUSEADDR, 1},
                                         {IPPROTO_TCP, TCP_NODELAY, 1}};  // the latter is inherited
  if (local.address.is_v6()) options.push_back({IPPROTO_IPV6, IPV6_V6ONLY, 0});
  auto fd = net::open_bound_socket(SOCK_STREAM, local, options);
  if (fd && ::listen(fd->get(), SOMAXCONN) != 0) return net::last_error();
  return fd;
}

// Whether a newcomer, who is one of so many, may be beyond a limit.
bool may_be_full(const Limits& limits, std::size_t connections) {
  const bool in_all = limits.connections_max != 0 && connections > limits.connections_max;
  return in_all || limits.connections_per_address_max != 0;
}

void close(Acceptor& acceptor) {
  boost::system::error_code ignored;
  acceptor.close(ignored);
}

}  // namespace

// Shared by the server and its coroutines: these end only when the io_context runs again, or with it.
struct Server::State {
  using Shared = std::shared_ptr<State>;
  using Connections = std::list<Connection>;

  State(asio::io_context& io, Service served)
      : context(io), service(std::make_shared<const Service>(std::move(served))) {}

  static Result<void> listen(const Shared& state, int family, net::FileDescriptor fd, std::string name);
  static asio::awaitable<void> accept(Shared state, Acceptor& acceptor, std::string name);
  static void begin(const Shared& state, Socket socket, const Adopted& who);
  static asio::awaitable<void> serve(Shared state, Connections::iterator connection);
  bool make_room(Connection& newcomer);
  std::vector<Acceptor*> open_acceptors();

  asio::io_context& context;
  std::shared_ptr<const Service> service;  // of new connections
  std::list<Acceptor> acceptors;           // closed by stop(), and kept for the coroutines that accept
  std::list<SocketFile> files;
  Connections connections;
  bool is_stopped = false;
};

Result<void> Server::State::listen(const Shared& state, int family, net::FileDescriptor fd,
                                   std::string name) {
  Acceptor acceptor(state->context);
  boost::system::error_code error;
  acceptor.assign(StreamProtocol(family, 0), fd.get(), error);
  if (error) return error;
  fd.release();
  Acceptor& kept = state->acceptors.emplace_back(std::move(acceptor));
  asio::co_spawn(state->context, accept(state, kept, std::move(name)), asio::detached);
  return {};
}

asio::awaitable<void> Server::State::accept(Shared state, Acceptor& acceptor, std::string name) {
  asio::steady_timer pause(state->context);
  bool failed_before = false;
  for (;;) {
    auto [error, socket] = co_await acceptor.async_accept(asio::as_tuple(asio::use_awaitable));
    if (!acceptor.is_open()) co_return;
    if (error && !failed_before && state->service->on_fault) state->service->on_fault(name, error.message());
    failed_before = error.failed();
    if (error) {
      pause.expires_after(kAcceptPause);
      co_await pause.async_wait(asio::as_tuple(asio::use_awaitable));
      if (!acceptor.is_open()) co_return;
      continue;
    }
    const Endpoint peer = net::peer_endpoint(socket.native_handle());
    begin(state, std::move(socket), {.client = peer});
  }
}

void Server::State::begin(const Shared& state, Socket socket, const Adopted& who) {
  auto& connections = state->connections;
  const auto connection = connections.emplace(connections.end(), std::move(socket), state->service, who);
  if (state->make_room(*connection)) {
    asio::co_spawn(state->context, serve(state, connection), asio::detached);
  } else {
    connections.erase(connection);
  }
}

asio::awaitable<void> Server::State::serve(Shared state, Connections::iterator connection) {
  struct Removal {  // however it ends
    ~Removal() { connections.erase(connection); }
    Connections& connections;
    Connections::iterator connection;
  } const removal{state->connections, connection};
  co_await connection->serve();
}

// False: there is none. What is closed is removed when its coroutine ends. Where there must be room nobody is
// counted: that would cost each newcomer a look at all the others.
bool Server::State::make_room(Connection& newcomer) {
  if (!may_be_full(service->limits, connections.size())) return true;
  const auto counted = [&](const Connection& connection) {
    return is_proxy(proxies_of(service->limits), connection.peer()) ? IpAddress{} : connection.peer();
  };
  std::vector<Connection*> open;
  std::vector<Place> places;
  for (Connection& connection : connections) {
    if (&connection == &newcomer || !connection.is_open()) continue;
    open.push_back(&connection);
    places.push_back({counted(connection), connection.idle_since(), connection.is_busy()});
  }
  const Room room = room_for(counted(newcomer), places, service->limits);
  if (room.made_by) open[*room.made_by]->close();
  return room.is_there;
}

std::vector<Acceptor*> Server::State::open_acceptors() {
  std::vector<Acceptor*> open;
  for (Acceptor& acceptor : acceptors) {
    if (acceptor.is_open()) open.push_back(&acceptor);
  }
  return open;
}

Server::Server(asio::io_context& context, std::vector<Route> routes, Limits limits, FaultLog on_fault,
               std::shared_ptr<const Upstreams> upstreams, PassedLog on_passed)
    : state_(std::make_shared<State>(
          context, Service{Router(std::move(routes)), std::move(limits), std::move(on_fault),
                           std::move(upstreams), std::move(on_passed)})) {}

Server::~Server() { stop(); }

void Server::replace(std::vector<Route> routes, Limits limits, std::shared_ptr<const Upstreams> upstreams) {
  state_->service = std::make_shared<const Service>(Service{Router(std::move(routes)), std::move(limits),
                                                            state_->service->on_fault, std::move(upstreams),
                                                            state_->service->on_passed});
}

void Server::leave_before(std::size_t last) {
  while (state_->files.size() > last) state_->files.pop_front();
  auto open = state_->open_acceptors();
  for (std::size_t i = 0; i + last < open.size(); ++i) close(*open[i]);
}

void Server::leave_last() {
  if (const auto open = state_->open_acceptors(); !open.empty()) close(*open.back());
}

Result<Endpoint> Server::listen(const Endpoint& local) {
  auto fd = listen_on_tcp(local);
  if (!fd) return fd.error();
  const Endpoint bound = local.with_port(net::local_endpoint(fd->get()).port);
  const auto listening =
      State::listen(state_, net::socket_family(local.address), std::move(*fd), bound.to_string());
  if (!listening) return listening.error();
  return bound;
}

Result<void> Server::listen_unix(const std::string& path) {
  auto fd = listen_on_unix_socket(path);
  if (!fd) return fd.error();
  state_->files.emplace_back(path);
  auto listening = State::listen(state_, AF_UNIX, std::move(*fd), path);
  if (!listening) state_->files.pop_back();
  return listening;
}

Result<void> Server::adopt(net::FileDescriptor fd, const Adopted& who) {
  if (state_->is_stopped) return asio::error::make_error_code(asio::error::operation_aborted);
  sockaddr_storage local{};
  socklen_t size = sizeof local;
  if (::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&local), &size) != 0) return net::last_error();
  Socket socket(state_->context);
  boost::system::error_code error;
  socket.assign(StreamProtocol(local.ss_family, 0), fd.get(), error);
  if (error) return error;
  fd.release();
  State::begin(state_, std::move(socket), who);
  return {};
}

void Server::stop() {
  state_->is_stopped = true;
  leave_before(0);  // while we still answer
  for (Connection& connection : state_->connections) connection.close();
}

std::size_t Server::connections() const { return state_->connections.size(); }

}  // namespace turnpike::http
