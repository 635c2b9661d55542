// This node as its fleet is to see it: where clients reach it, and how much it has to do.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "turnpike/base/endpoint.hpp"
#include "turnpike/base/time.hpp"
#include "turnpike/config/config.hpp"
#include "turnpike/fleet/node_record.hpp"
#include "turnpike/turn/ledger.hpp"

namespace turnpike::node {

// Each listener, as clients beyond relay.external reach it. One on every address is reached at `relays`, the
// relay addresses in force. Each address once, in the order of udp, tcp, tls, dtls, and of each the ones that
// most can reach first: others take the first.
std::vector<fleet::NodeAddress> addresses_of(const config::Config& config,
                                             const std::vector<IpAddress>& relays);

// A name that the certificate proves, to be asked for at an address: the host of a turns: URI of `urls`
// before a name of the certificate, and of "*.example.org" turn.example.org. Empty: there is none.
std::string certificate_name(const std::vector<std::string>& names_of_certificate,
                             const std::vector<std::string>& urls);

// The share of its time that the workers work, from what they have counted in all: half of it is of the time
// since the call before, half of what was told then, so that it follows within seconds and hardly jumps.
class BusyShare {
 public:
  // In thousandths. 0 at the first call: what begins to work does nothing else for a moment. Counters that
  // are less than before, as when a worker is late to answer, or that stand still change nothing.
  std::uint32_t follow(Duration working, Duration waiting);
  std::uint32_t permille() const { return permille_; }

 private:
  bool has_begun_ = false;
  std::uint32_t permille_ = 0;
  Duration working_{}, waiting_{};
};

struct Figures {
  std::uint32_t busy_permille = 0;
  turn::PortCounts ports;             // of the family that has the fewest to give
  std::size_t places = 0;             // that are taken
  std::uint64_t allocations_max = 0;  // 0: as many as ports allow
  std::uint64_t bits_per_second = 0;
};

// Ports are those of the system or, where they are scarcer, the allocations that the limits allow.
fleet::Load load_of(const Figures& figures);

struct Standing {
  std::vector<IpAddress> relays;                  // local addresses in force
  std::vector<std::string> names_of_certificate;  // of the TLS listeners; none: there is none
  std::string engine, version;
  fleet::Load load;
  bool is_draining = false;
};

// What the fleet knows by itself, such as the id, stays as it is. One that takes no part in redirects has no
// addresses.
void describe(const config::Config& config, const Standing& standing, fleet::NodeRecord& record);

}  // namespace turnpike::node
