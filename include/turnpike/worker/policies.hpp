// Makes the policies of the TURN rules from the configuration: credential sources and peer rules.
#pragma once

#include <memory>
#include <vector>

#include "turnpike/config/config.hpp"
#include "turnpike/turn/ledger.hpp"
#include "turnpike/turn/server.hpp"

namespace turnpike::worker {

// Makes the policies of all workers, at start and at each reload; the result is immutable. `ledger` must
// outlive the result. `own_addresses` are the host's: none is a peer unless a rule allows it, and they are
// what wildcard listeners stand for. Throws std::invalid_argument if a user name or password cannot be
// prepared (RFC 8265).
turn::Policies make_policies(const config::Config& config, const turn::Ledger& ledger,
                             const std::vector<IpAddress>& own_addresses);

// Returns every address and port, in local form, on which clients or operators are served. None of them may
// be a peer, so that no packet loops (RFC 8656 section 21.1.7).
std::vector<Endpoint> own_listeners(const config::Config& config);

}  // namespace turnpike::worker
