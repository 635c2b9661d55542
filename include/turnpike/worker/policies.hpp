// From the configuration to what the TURN rules ask: credential sources and peer rules.
#pragma once

#include <memory>
#include <vector>

#include "turnpike/config/config.hpp"
#include "turnpike/turn/ledger.hpp"
#include "turnpike/turn/server.hpp"

namespace turnpike::worker {

// Made at start and again at every reload; immutable, shared by all workers. `ledger` must outlive it.
// `own_addresses` are the host's: no peers unless a rule says so, and what wildcard listeners stand for.
// Throws std::invalid_argument where a user name or password cannot be prepared (RFC 8265).
turn::Policies make_policies(const config::Config& config, const turn::Ledger& ledger,
                             const std::vector<IpAddress>& own_addresses);

// Every address and port that clients or operators are served on, in local form: none is a peer, so that no
// packet goes round in a circle (RFC 8656 21.1.7).
std::vector<Endpoint> own_listeners(const config::Config& config);

}  // namespace turnpike::worker
