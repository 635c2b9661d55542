// `turnpike top`: shows the busiest sessions until the user quits.
#pragma once

#include "turnpike/console/link.hpp"

namespace turnpike::console {

// Shows the busiest sessions every two seconds until q or Ctrl-C. Without a terminal, or with `once`, prints
// one table to standard output. Returns the exit code; if no server answers, standard error says so.
int show_top(const Link& link, bool once);

}  // namespace turnpike::console
