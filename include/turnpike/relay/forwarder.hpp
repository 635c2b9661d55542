// The forwarding decision: bytes and routes in, a verdict out. No system calls, no allocations, no TURN rules.
#pragma once

#include <cstdint>

#include "turnpike/base/address_map.hpp"
#include "turnpike/base/bytes.hpp"
#include "turnpike/base/endpoint.hpp"
#include "turnpike/base/random.hpp"
#include "turnpike/base/time.hpp"
#include "turnpike/relay/meter.hpp"
#include "turnpike/relay/route_table.hpp"
#include "turnpike/turn/route.hpp"

namespace turnpike::relay {

// What must be writable in front of a peer's payload: the header of a Data indication with an IPv6 peer is the largest.
inline constexpr std::size_t kHeadroom = 48;
// And behind it: padding to 4.
inline constexpr std::size_t kTailroom = 3;

enum class DropReason : std::uint8_t { none, malformed, no_route, expired, peer_refused, over_budget, too_large };

struct Verdict {
  enum class Kind : std::uint8_t {
    drop,
    punt,       // not data: the TURN rules decide (turn::Server::on_client)
    to_peer,    // send `bytes` from `relay` to `peer`
    to_client,  // send `bytes` to `client`; they end with the padding that its transport wants
  };
  Kind kind = Kind::drop;
  DropReason reason = DropReason::none;
  bool dont_fragment = false;
  Bytes bytes;           // points into the packet that was given
  Endpoint relay, peer;  // to_peer
  turn::Client client;   // to_client
};

// Asked where a permission's address has ports that the peer policy forbids. Thread-safe.
class PortFilter {
 public:
  virtual ~PortFilter() = default;
  virtual bool allows(const Endpoint& peer) const = 0;
};

struct ForwarderOptions {
  bool rfc5766_channels = false;
  AddressMap external;  // relays of this server appear under these addresses in Send and Data indications
};

class Forwarder {
 public:
  Forwarder(ForwarderOptions options, RouteTable& routes, const PortFilter& ports, Meters& meters, Random& random)
      : options_(std::move(options)), routes_(routes), ports_(ports), meters_(meters), random_(random) {}

  // One datagram or one frame (without stream padding) from a client.
  Verdict from_client(Bytes packet, const FiveTuple& client, TimePoint now);
  // One datagram from a peer, with kHeadroom bytes in front and kTailroom behind that may be overwritten.
  Verdict from_peer(MutableBytes payload, const Endpoint& relay, const Endpoint& peer, TimePoint now);

 private:
  Verdict channel_data(Bytes packet, const FiveTuple& client, TimePoint now);
  Verdict send_indication(Bytes packet, const FiveTuple& client, TimePoint now);
  Verdict take_to_peer(const RouteTable::Slot& slot, const Endpoint& peer, Bytes payload, TimePoint now);
  Verdict wrap_channel_data(MutableBytes payload, const RouteTable::Slot& slot, TimePoint now);
  Verdict wrap_data_indication(MutableBytes payload, const RouteTable::Slot& slot, const Endpoint& peer, TimePoint now);
  Verdict deliver(const RouteTable::Slot& slot, Bytes packet, std::size_t payload_size, TimePoint now);

  ForwarderOptions options_;
  RouteTable& routes_;
  const PortFilter& ports_;
  Meters& meters_;
  Random& random_;
};

}  // namespace turnpike::relay
