// What a client hands out, as values: bytes to transmit and what it learned from the server.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "turnpike/base/endpoint.hpp"
#include "turnpike/client/request.hpp"
#include "turnpike/stun/message.hpp"

namespace turnpike::client {

// One datagram, or the next bytes of the stream.
struct Transmit {
  std::vector<std::uint8_t> bytes = {};
  bool operator==(const Transmit&) const = default;
};

// The answer to a Binding request: where the server sees this client.
struct MappedAddress {
  Endpoint mapped;
  bool operator==(const MappedAddress&) const = default;
};

struct Allocated {
  std::vector<Endpoint> relayed = {};  // one, or one of each family
  Endpoint mapped;
  std::uint32_t lifetime_s = 0;
  std::optional<ReservationToken> reservation_token = {};
  bool operator==(const Allocated&) const = default;
};

// Also reported when the client renewed the allocation by itself; a lifetime of 0 means that it is gone.
struct Refreshed {
  std::uint32_t lifetime_s = 0;
  bool operator==(const Refreshed&) const = default;
};

struct PermissionCreated {
  std::vector<Endpoint> peers = {};
  bool operator==(const PermissionCreated&) const = default;
};

struct ChannelBound {
  Endpoint peer;
  std::uint16_t number = 0;
  bool operator==(const ChannelBound&) const = default;
};

// A datagram from a peer.
struct Data {
  Endpoint peer;
  std::vector<std::uint8_t> bytes = {};
  bool via_channel = false;
  bool operator==(const Data&) const = default;
};

// A Data indication that carries an ICMP message about `peer` (RFC 8656 11.5).
struct IcmpReported {
  Endpoint peer;  // port 0 if unknown
  std::uint8_t type = 0;
  std::uint8_t code = 0;
  std::uint32_t error_data = 0;
  bool operator==(const IcmpReported&) const = default;
};

// Where a server sends a client (RFC 8489 10).
struct Redirection {
  std::vector<Endpoint> servers = {};  // one, or one of each family, in the server's order
  std::string domain = {};             // that the certificate there must prove; empty: the same as here
  bool operator==(const Redirection&) const = default;
};

// The server refused the request; code 0: its success response lacks what it must carry.
struct Failed {
  Request request;
  int code = 0;
  std::string reason = {};
  std::optional<Redirection> redirection =
      {};  // of an Allocate, if the response was signed: client/itinerary
  bool operator==(const Failed&) const = default;
};

// No answer in time. `unverified`: there were answers, but none with the right integrity (RFC 8489 9.2.5); on
// a stream the first such answer ends the request.
struct TimedOut {
  Request request;
  bool unverified = false;
  bool operator==(const TimedOut&) const = default;
};

// What came on the stream is not TURN and cannot be followed any more: close the connection.
struct StreamBroken {
  bool operator==(const StreamBroken&) const = default;
};

using Output = std::variant<Transmit, MappedAddress, Allocated, Refreshed, PermissionCreated, ChannelBound,
                            Data, IcmpReported, Failed, TimedOut, StreamBroken>;

// The success response to `request`; Failed if it lacks an attribute or has one that must be understood and
// is not (RFC 8489 6.3.3).
Output read_success(const Request& request, const stun::MessageView& response);
// What a 300 says. Nothing if it names no server, or one by a domain that is no name.
std::optional<Redirection> read_redirection(const stun::MessageView& response);
// An error response; the code is 0 if it has none.
Failed read_error(const Request& request, const stun::MessageView& response);
// A Data indication as Data or IcmpReported; nothing if it is neither, or has an unknown attribute that must
// be understood.
std::optional<Output> read_indication(const stun::MessageView& indication);

}  // namespace turnpike::client
