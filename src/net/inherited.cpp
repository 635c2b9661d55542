#include "turnpike/net/inherited.hpp"

#include <fcntl.h>
#include <sys/socket.h>

#include <array>

#include "turnpike/net/sockaddr.hpp"

namespace turnpike::net {
namespace {

constexpr std::array<std::string_view, kUnfitKinds> kNames = {"no_socket",     "other_kind", "other_family",
                                                              "not_bound",     "connected",  "not_connected",
                                                              "not_listening", "not_set_up"};

std::optional<int> number_of(int fd, int option) {
  int value = 0;
  socklen_t size = sizeof value;
  if (::getsockopt(fd, SOL_SOCKET, option, &value, &size) != 0) return std::nullopt;
  return value;
}

std::optional<Unfit> judge(int fd, SocketRole role) {
  const bool is_udp = role == SocketRole::udp_listener;
  const auto protocol = number_of(fd, SO_PROTOCOL);
  if (!protocol) return Unfit::no_socket;
  if (protocol != (is_udp ? IPPROTO_UDP : IPPROTO_TCP)) return Unfit::other_kind;
  const Endpoint local = local_endpoint(fd);
  const auto family = number_of(fd, SO_DOMAIN);
  if (family != AF_INET && family != AF_INET6) return Unfit::other_family;
  if (family != socket_family(local.address)) return Unfit::other_family;
  if (local.port == 0) return Unfit::not_bound;
  const bool has_peer = peer_endpoint(fd).port != 0;
  if (role == SocketRole::tcp_connection)
    return has_peer ? std::nullopt : std::optional(Unfit::not_connected);
  if (has_peer) return Unfit::connected;
  if (!is_udp && number_of(fd, SO_ACCEPTCONN) != 1) return Unfit::not_listening;
  return std::nullopt;
}

}  // namespace

std::string_view to_string(Unfit reason) { return kNames[static_cast<std::size_t>(reason)]; }

std::optional<Unfit> prepare_inherited(const FileDescriptor& fd, SocketRole role) {
  if (const auto unfit = judge(fd.get(), role)) return unfit;
  const int flags = ::fcntl(fd.get(), F_GETFL);
  const bool is_set = flags >= 0 && ::fcntl(fd.get(), F_SETFL, flags | O_NONBLOCK) == 0 &&
                      ::fcntl(fd.get(), F_SETFD, FD_CLOEXEC) == 0;
  return is_set ? std::nullopt : std::optional(Unfit::not_set_up);
}

}  // namespace turnpike::net
