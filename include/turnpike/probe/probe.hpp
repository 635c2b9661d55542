// `turnpike probe`: tests whether a STUN or TURN server works, over each given URI and listener.
#pragma once

#include <string>

#include "turnpike/probe/leg.hpp"
#include "turnpike/probe/report.hpp"

namespace turnpike::probe {

// Returns what is wrong with the options; "" if nothing is.
std::string check_options(const Options& options);

// Runs one leg after the other, until a signal. The options must have passed check_options(). Throws
// std::exception with words for people if the CA file cannot be read or the peer has no address.
Findings run_probe(const Options& options);

// Returns what the legs did not test, one line each: what a firewall may still block, and what the server's
// rules refused.
std::vector<std::string> list_untested(const Findings& findings, const Options& options);

// Runs the probe and prints table or JSON on standard output. Returns the exit code: 0 if no leg failed, 1 if
// one did, 2 for wrong options or an unreadable CA file.
int run(const Options& options);

}  // namespace turnpike::probe
