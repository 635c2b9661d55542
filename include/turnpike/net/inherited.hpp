// What a socket must be that this process has not opened, but has from a process before it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "turnpike/net/file_descriptor.hpp"

namespace turnpike::net {

// Why a descriptor cannot be taken over.
enum class Unfit : std::uint8_t {
  no_socket,      // or not even open
  other_kind,     // a socket of TCP where one of UDP is wanted, or the other way round, or of neither
  other_family,   // neither IPv4 nor IPv6, or IPv4 through a socket of IPv6
  not_bound,      // has no port
  connected,      // a listener that has a peer
  not_connected,  // a connection that has none
  not_listening,
  not_set_up,  // the system refuses what it is to be set to, or a descriptor beside it
};
inline constexpr std::size_t kUnfitKinds = 8;

// As the log and documentation call it.
std::string_view to_string(Unfit reason);

enum class SocketRole { udp_listener, tcp_listener, tcp_connection };

// Makes it non-blocking and closed on exec. None: it is what it should be.
[[nodiscard]] std::optional<Unfit> prepare_inherited(const FileDescriptor& fd, SocketRole role);

}  // namespace turnpike::net
