// What a client asks of a server, as values: sent once by a transaction, and again when the agenda says so.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "turnpike/base/endpoint.hpp"
#include "turnpike/stun/builder.hpp"
#include "turnpike/stun/message.hpp"

namespace turnpike::client {

using ReservationToken = std::array<std::uint8_t, 8>;

enum class EvenPort : std::uint8_t { any, even, even_and_reserve_next };

// The optional attributes of Allocate (RFC 8656 7.1). Combinations that the RFC forbids are sent as they are.
struct AllocateOptions {
  std::optional<std::uint32_t> lifetime_s = {};  // of every Refresh, too; none = the server's default
  Family family = Family::none;                  // REQUESTED-ADDRESS-FAMILY; none = not sent
  bool additional_ipv6 = false;  // ADDITIONAL-ADDRESS-FAMILY: an IPv6 relayed address besides the IPv4 one
  EvenPort even_port = EvenPort::any;
  bool dont_fragment = false;  // also in each Send indication
  std::optional<ReservationToken> reservation_token = {};

  bool operator==(const AllocateOptions&) const = default;
};

struct Request {
  stun::Method method = stun::Method::binding;
  std::vector<Endpoint> peers = {};              // CreatePermission: each, ChannelBind: the one
  std::uint16_t channel = 0;                     // ChannelBind
  std::optional<std::uint32_t> lifetime_s = {};  // Refresh

  bool operator==(const Request&) const = default;
};

// Of CreatePermission's peers, so that the largest request fits a STUN message.
inline constexpr std::size_t kPeersMax = 1000;

// Room that is enough for what add_attributes() adds.
std::size_t attributes_size_max(const Request& request);
// All but authentication.
void add_attributes(stun::MessageBuilder& message, const Request& request, const AllocateOptions& options);

}  // namespace turnpike::client
