// Outputs of a client as values: bytes to send, and what it learned from the server.
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

// Asks to send one datagram, or the next bytes of the stream.
struct Transmit {
  std::vector<std::uint8_t> bytes = {};
  bool operator==(const Transmit&) const = default;
};

// Reports the answer to a Binding request: the address at which the server sees this client.
struct MappedAddress {
  Endpoint mapped;
  bool operator==(const MappedAddress&) const = default;
};

// Reports the success response to Allocate.
struct Allocated {
  std::vector<Endpoint> relayed = {};  // one address, or one of each family
  Endpoint mapped;
  std::uint32_t lifetime_s = 0;
  std::optional<ReservationToken> reservation_token = {};
  bool operator==(const Allocated&) const = default;
};

// Reports the success response to Refresh, also to one that the client sent by itself. A lifetime of 0 means
// that the allocation is gone.
struct Refreshed {
  std::uint32_t lifetime_s = 0;
  bool operator==(const Refreshed&) const = default;
};

// Reports the success response to CreatePermission.
struct PermissionCreated {
  std::vector<Endpoint> peers = {};
  bool operator==(const PermissionCreated&) const = default;
};

// Reports the success response to ChannelBind.
struct ChannelBound {
  Endpoint peer;
  std::uint16_t number = 0;
  bool operator==(const ChannelBound&) const = default;
};

// Reports a datagram from a peer.
struct Data {
  Endpoint peer;
  std::vector<std::uint8_t> bytes = {};
  bool via_channel = false;
  bool operator==(const Data&) const = default;
};

// Reports an ICMP error about datagrams to `peer` (RFC 8656 11.5).
struct IcmpReported {
  Endpoint peer;  // port 0 if unknown
  std::uint8_t type = 0;
  std::uint8_t code = 0;
  std::uint32_t error_data = 0;
  bool operator==(const IcmpReported&) const = default;
};

// Holds where a server sends a client (RFC 8489 10).
struct Redirection {
  std::vector<Endpoint> servers = {};  // one server, or one of each family, in the order of the response
  std::string domain = {};  // name that the new server's certificate must prove; empty: the current name
  bool operator==(const Redirection&) const = default;
};

// Reports that a request was refused. Code 0: the response lacks what it must carry.
struct Failed {
  Request request;
  int code = 0;
  std::string reason = {};
  // Set for a signed 300 to Allocate; see Itinerary.
  std::optional<Redirection> redirection =
      {};  // of an Allocate, if the response was signed: client/itinerary
  bool operator==(const Failed&) const = default;
};

// Reports that a request had no answer in time. `unverified`: there were answers, but none with the right
// signature (RFC 8489 9.2.5); on a stream the first such answer ends the request.
struct TimedOut {
  Request request;
  bool unverified = false;
  bool operator==(const TimedOut&) const = default;
};

// Reports that the stream's bytes are not TURN. The caller must close the connection.
struct StreamBroken {
  bool operator==(const StreamBroken&) const = default;
};

using Output = std::variant<Transmit, MappedAddress, Allocated, Refreshed, PermissionCreated, ChannelBound,
                            Data, IcmpReported, Failed, TimedOut, StreamBroken>;

// Reads the success response to `request`. Returns Failed if an attribute is missing, or one that must be
// understood is unknown (RFC 8489 6.3.3).
Output read_success(const Request& request, const stun::MessageView& response);
// Reads a 300 response. Returns nullopt if it names no server, or a domain that is not a valid name.
std::optional<Redirection> read_redirection(const stun::MessageView& response);
// Reads an error response; the code is 0 if the response has none.
Failed read_error(const Request& request, const stun::MessageView& response);
// Reads a Data indication as Data or IcmpReported. Returns nullopt if it is neither, or has an unknown
// attribute that must be understood.
std::optional<Output> read_indication(const stun::MessageView& indication);

}  // namespace turnpike::client
