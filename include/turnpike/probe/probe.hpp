// `turnpike probe`: shows that a STUN or TURN server works, over each URI that is given.
#pragma once

#include <string>

#include "turnpike/probe/leg.hpp"
#include "turnpike/probe/report.hpp"

namespace turnpike::probe {

// What is wrong with the options, in words; empty if nothing is.
std::string check_options(const Options& options);

// One leg after the other. Precondition: the options are good. Throws std::exception if the CA file cannot be
// read.
Findings run_probe(const Options& options);

// Prints the table or the JSON on standard output. Exit code: 0 if every leg is good, 1 if one is not, 2 for
// wrong options or an unreadable CA file.
int run(const Options& options);

}  // namespace turnpike::probe
