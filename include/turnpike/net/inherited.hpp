// Checks and prepares a socket that an earlier process has opened.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "turnpike/net/file_descriptor.hpp"

namespace turnpike::net {

// The reason why a descriptor cannot be taken over.
enum class Unfit : std::uint8_t {
  no_socket,      // not a socket, or not even open
  other_kind,     // neither UDP nor TCP, or the other one of the two
  other_family,   // neither IPv4 nor IPv6, or IPv4 on a socket of IPv6
  not_bound,      // the socket has no port
  connected,      // a listener that has a peer
  not_connected,  // a connection without a peer
  not_listening,
  not_set_up,  // the system refuses an option, or there is no descriptor left
};
inline constexpr std::size_t kUnfitKinds = 8;

// Returns the name that the log and documentation use.
std::string_view to_string(Unfit reason);

// The use that an inherited descriptor is meant for.
enum class SocketRole { udp_listener, tcp_listener, tcp_connection };

// Makes a socket non-blocking and closed on exec. Returns none if the socket fits its role, otherwise why
// not.
[[nodiscard]] std::optional<Unfit> prepare_inherited(const FileDescriptor& fd, SocketRole role);

}  // namespace turnpike::net
