// `turnpike probe`: shows that a STUN or TURN server works, over each URI that is given.
#pragma once

#include <string>

#include "turnpike/probe/leg.hpp"
#include "turnpike/probe/report.hpp"

namespace turnpike::app {

// What is wrong with the options, in words; empty if nothing is.
std::string check_probe_options(const ProbeOptions& options);

// One leg after the other. Precondition: the options are good. Throws std::exception if the CA file cannot be read.
ProbeResult run_probe(const ProbeOptions& options);

// Prints the table or the JSON on standard output. Exit code: 0 if every leg is good, 1 if one is not, 2 for wrong options or an unreadable
// CA file.
int probe_main(const ProbeOptions& options);

}  // namespace turnpike::app
