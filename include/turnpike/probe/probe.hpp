// `turnpike probe`: shows that a STUN or TURN server works, over each URI and each listener that is given.
#pragma once

#include <string>

#include "turnpike/probe/leg.hpp"
#include "turnpike/probe/report.hpp"

namespace turnpike::probe {

// What is wrong with the options, in words; empty if nothing is.
std::string check_options(const Options& options);

// One leg after the other, until a signal ends it. Precondition: the options are good. Throws std::exception,
// in words, if the CA file cannot be read or the peer has no address.
Findings run_probe(const Options& options);

// What the legs leave open, a line each: what a firewall may still forbid, and what the rules refused.
std::vector<std::string> list_untested(const Findings& findings, const Options& options);

// Prints the table or the JSON on standard output. Exit code: 0 if no leg has failed, 1 if one has, 2 for
// wrong options or an unreadable CA file.
int run(const Options& options);

}  // namespace turnpike::probe
