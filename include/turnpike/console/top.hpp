// `turnpike top`: the busiest sessions, again and again, for as long as somebody looks.
#pragma once

#include "turnpike/console/link.hpp"

namespace turnpike::console {

// On a terminal until q or Ctrl-C; otherwise, or with `once`, one table to standard output. Returns the exit
// code; that nobody answers is told to standard error.
int show_top(const Link& link, bool once);

}  // namespace turnpike::console
