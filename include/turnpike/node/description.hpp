// Describes this node for its fleet: the addresses where clients reach it, and its load.
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

// Returns the public address of each listener, mapped by relay.external. A wildcard listener gives one
// address for each of `relays`, the local relay addresses in force. Each address appears once, in the order
// udp, tcp, tls, dtls, and for each transport the most widely reachable first, because clients take the
// first.
std::vector<fleet::NodeAddress> addresses_of(const config::Config& config,
                                             const std::vector<IpAddress>& relays);

// Returns a name that clients can check against this node's certificate: the host of a turns: URI of `urls`
// that the certificate covers, or else a name of the certificate, where "*.example.org" gives
// "turn.example.org". Returns "" if there is none.
std::string certificate_name(const std::vector<std::string>& names_of_certificate,
                             const std::vector<std::string>& urls);

// Smooths the share of time that the workers spend working. Each new value is the mean of the value before
// and the share since the call before, so that it follows within seconds without jumping.
class BusyShare {
 public:
  // Takes the workers' total times and returns the share in thousandths. Returns 0 at the first call: a
  // process that has just begun only works. Totals that are lower than before, as when a worker answers late,
  // or unchanged change nothing.
  std::uint32_t follow(Duration working, Duration waiting);
  std::uint32_t permille() const { return permille_; }

 private:
  bool has_begun_ = false;
  std::uint32_t permille_ = 0;
  Duration working_{}, waiting_{};
};

// The measurements from which the load is made.
struct Figures {
  std::uint32_t busy_permille = 0;
  turn::PortCounts ports;             // of the address family with the fewest free ports
  std::size_t places = 0;             // in use
  std::uint64_t allocations_max = 0;  // 0: as many as ports allow
  std::uint64_t bits_per_second = 0;
};

// Returns the load for the fleet. Its ports are the relay ports, or the allocations that the limits allow if
// those are scarcer.
fleet::Load load_of(const Figures& figures);

// What describe() takes besides the configuration.
struct Standing {
  std::vector<IpAddress> relays;                  // local addresses in force
  std::vector<std::string> names_of_certificate;  // of the TLS listeners; empty if there are none
  std::string engine, version;
  fleet::Load load;
  bool is_draining = false;
};

// Fills the record from configuration and standing. Fields that the fleet sets itself, such as the id, stay
// unchanged. If redirects are off, the record has no addresses.
void describe(const config::Config& config, const Standing& standing, fleet::NodeRecord& record);

}  // namespace turnpike::node
