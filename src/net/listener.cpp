#include "turnpike/net/listener.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>
#include <vector>

#include "turnpike/net/bound_socket.hpp"
#include "turnpike/net/connection_options.hpp"
#include "turnpike/net/sockaddr.hpp"

namespace turnpike::net {
namespace {

// Connections that were aborted before one was accepted; the rest waits for the next event.
constexpr int kAttemptsMax = 64;

// Of a listener they are inherited, as kOfConnections are: how long data may go without an answer of the
// client, in milliseconds. The system itself would try for a quarter of an hour.
constexpr SocketOption kOfClients[] = {{IPPROTO_TCP, TCP_USER_TIMEOUT, 30'000}};

// No descriptor: nobody waits, or there is none.
Accepted accept_from(int listener) {
  SockAddr client;
  FileDescriptor fd(::accept4(listener, client.get(), client.size_out(), SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (!fd) return {};
  const ServerEndpoint server(local_endpoint(fd.get()));
  return {std::move(fd), ClientEndpoint(client.endpoint()), server};
}

bool set_options_of_clients(const FileDescriptor& fd) {
  return set_options(fd, kOfConnections) && set_options(fd, kOfClients);
}

FileDescriptor open_spare() { return FileDescriptor(::open("/dev/null", O_RDONLY | O_CLOEXEC)); }

}  // namespace

Listener::Listener(FileDescriptor fd, FileDescriptor spare, const Endpoint& local)
    : fd_(std::move(fd)), spare_(std::move(spare)), local_(local) {}

Result<Listener> Listener::open(const ListenOptions& options) {
  std::vector<SocketOption> wanted(std::begin(kOfConnections), std::end(kOfConnections));
  wanted.insert(wanted.end(), std::begin(kOfClients), std::end(kOfClients));
  wanted.push_back({SOL_SOCKET, SO_REUSEADDR, 1});
  if (options.reuse_port) wanted.push_back({SOL_SOCKET, SO_REUSEPORT, 1});
  if (options.local.address.is_v6()) wanted.push_back({IPPROTO_IPV6, IPV6_V6ONLY, options.v6_only ? 1 : 0});
  auto fd = open_bound_socket(SOCK_STREAM, options.local, wanted);
  if (!fd) return fd.error();
  if (::listen(fd->get(), options.backlog) != 0) return last_error();
  auto spare = open_spare();
  if (!spare) return last_error();
  const Endpoint local = options.local.with_port(local_endpoint(fd->get()).port);
  return Listener(std::move(*fd), std::move(spare), local);
}

Result<Listener, Unfit> Listener::adopt(FileDescriptor fd) {
  if (const auto unfit = prepare_inherited(fd, SocketRole::tcp_listener)) return *unfit;
  auto spare = open_spare();
  if (!spare || !set_options_of_clients(fd)) return Unfit::not_set_up;
  const Endpoint local = local_endpoint(fd.get());
  return Listener(std::move(fd), std::move(spare), local);
}

Result<Accepted, Unfit> adopt_connection(FileDescriptor fd) {
  if (const auto unfit = prepare_inherited(fd, SocketRole::tcp_connection)) return *unfit;
  if (!set_options_of_clients(fd)) return Unfit::not_set_up;
  const ClientEndpoint client(peer_endpoint(fd.get()));
  const ServerEndpoint server(local_endpoint(fd.get()));
  return Accepted{std::move(fd), client, server};
}

std::optional<Accepted> Listener::accept() {
  starved_ = false;
  for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
    if (Accepted accepted = accept_from(fd_.get()); accepted.fd) return accepted;
    switch (errno) {
      case EAGAIN: return std::nullopt;
      case EMFILE:
      case ENFILE: starved_ = true; return refuse_one();
      case ENOBUFS:
      case ENOMEM: starved_ = true; return std::nullopt;
      default: break;  // this connection has failed already, another may wait (accept(2))
    }
  }
  return std::nullopt;
}

std::optional<Accepted> Listener::refuse_one() {
  spare_.reset();
  Accepted refused = accept_from(fd_.get());
  const bool was_there = static_cast<bool>(refused.fd);
  refused.fd.reset();
  spare_ = open_spare();
  if (!was_there) return std::nullopt;
  return refused;
}

}  // namespace turnpike::net
