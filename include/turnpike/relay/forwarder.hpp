// The forwarding decision: bytes and routes in, a verdict out. No system calls, no allocations, no TURN
// rules.
#pragma once

#include <cstdint>
#include <span>

#include "turnpike/base/address_map.hpp"
#include "turnpike/base/bytes.hpp"
#include "turnpike/base/endpoint.hpp"
#include "turnpike/base/parts.hpp"
#include "turnpike/base/random.hpp"
#include "turnpike/base/time.hpp"
#include "turnpike/relay/drop_reason.hpp"
#include "turnpike/relay/meter.hpp"
#include "turnpike/relay/route.hpp"
#include "turnpike/relay/route_table.hpp"

namespace turnpike::relay {

// Largest header in bytes that goes in front of a peer's payload: that of a Data indication with an IPv6
// peer.
inline constexpr std::size_t kHeaderMax = 48;
// Room for a header, which must stay valid as long as the verdict is used.
using HeaderSpace = std::span<std::uint8_t, kHeaderMax>;

// Says what becomes of one packet.
struct Verdict {
  enum class Kind : std::uint8_t {
    drop,
    punt,       // not data: the TURN rules decide (turn::Server::on_client)
    to_peer,    // send `parts` from the relay of `along` to `peer`
    to_client,  // send `parts`, padded as its transport needs, to the client of `along`
  };
  Kind kind = Kind::drop;
  DropReason reason = DropReason::none;
  bool dont_fragment = false;
  Parts parts;  // the payload refers to the packet, the header to the HeaderSpace that the caller gave
  // The route that was used, for to_peer and to_client. Valid until a route is published or retracted.
  const RouteTable::Slot* along = nullptr;
  PeerEndpoint peer;  // where to send, for to_peer; for a permission any port of its address
};

// Judges single ports of an address where the peer policy forbids some of them. Must be thread-safe.
class PortFilter {
 public:
  virtual ~PortFilter() = default;
  virtual bool allows(const PeerEndpoint& peer, Reach reach) const = 0;
};

struct ForwarderOptions {
  bool rfc5766_channels = false;
  // Maps external to local addresses: clients name peers behind the same NAT, such as relays of this server,
  // by external addresses, and routes hold local ones.
  AddressMap external;
};

// Decides for each packet where it goes, and counts its bytes. Not thread-safe: each worker has its own.
class Forwarder {
 public:
  // All references must outlive the forwarder.
  Forwarder(ForwarderOptions options, RouteTable& routes, const PortFilter& ports, Meters& meters,
            Random& random)
      : options_(std::move(options)), routes_(routes), ports_(ports), meters_(meters), random_(random) {}
  void set_options(ForwarderOptions options) { options_ = std::move(options); }

  // Judges one datagram or one frame from a client; a frame comes without its padding.
  Verdict from_client(Bytes packet, const FiveTuple& client, TimePoint now);
  // Judges one datagram from a peer. Writes the header that goes in front of the payload to `space`.
  Verdict from_peer(Bytes payload, const RelayEndpoint& relay, const ExternalEndpoint& sender,
                    HeaderSpace space, TimePoint now);

 private:
  bool may_reach(const Route& permission, const PeerEndpoint& peer) const {
    return permission.ports_filtered == 0 || ports_.allows(peer, permission.reach);
  }
  Verdict channel_data(Bytes packet, const FiveTuple& client, TimePoint now);
  Verdict send_indication(Bytes packet, const FiveTuple& client, TimePoint now);
  Verdict take_to_peer(const RouteTable::Slot& slot, const PeerEndpoint& peer, Bytes payload, TimePoint now);
  Verdict wrap_channel_data(Bytes payload, const RouteTable::Slot& slot, HeaderSpace space, TimePoint now);
  Verdict wrap_data_indication(Bytes payload, const RouteTable::Slot& slot, const PeerEndpoint& peer,
                               HeaderSpace space, TimePoint now);
  Verdict deliver(const RouteTable::Slot& slot, const Parts& parts, TimePoint now);

  ForwarderOptions options_;
  RouteTable& routes_;
  const PortFilter& ports_;
  Meters& meters_;
  Random& random_;
};

}  // namespace turnpike::relay
