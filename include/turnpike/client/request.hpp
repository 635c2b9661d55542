// Requests of a client as values: a transaction sends them, the agenda repeats them.
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

// Says which port EVEN-PORT asks for; `any` sends none (RFC 8656 18.7).
enum class EvenPort : std::uint8_t { any, even, even_and_reserve_next };

// Holds the optional attributes of Allocate (RFC 8656 7.1). Combinations that the RFC forbids are sent
// unchanged.
struct AllocateOptions {
  std::optional<std::uint32_t> lifetime_s = {};  // also of every Refresh; nullopt = the server's default
  Family family = Family::none;                  // REQUESTED-ADDRESS-FAMILY; none = not sent
  bool additional_ipv6 = false;  // ADDITIONAL-ADDRESS-FAMILY: an IPv6 relayed address besides the IPv4 one
  EvenPort even_port = EvenPort::any;
  bool dont_fragment = false;  // sent in Allocate and in each Send indication
  std::optional<ReservationToken> reservation_token = {};

  bool operator==(const AllocateOptions&) const = default;
};

// Holds one request without its credentials and Allocate options.
struct Request {
  stun::Method method = stun::Method::binding;
  std::vector<Endpoint> peers = {};              // CreatePermission: all of them, ChannelBind: the only one
  std::uint16_t channel = 0;                     // ChannelBind only
  std::optional<std::uint32_t> lifetime_s = {};  // Refresh only

  bool operator==(const Request&) const = default;
};

// Most peers of one CreatePermission, so that the request fits a STUN message.
inline constexpr std::size_t kPeersMax = 1000;

// Returns an upper bound in bytes of what add_attributes() adds.
std::size_t attributes_size_max(const Request& request);
// Adds all attributes of the request but those of authentication.
void add_attributes(stun::MessageBuilder& message, const Request& request, const AllocateOptions& options);

}  // namespace turnpike::client
