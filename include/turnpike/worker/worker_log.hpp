// What a worker writes to the log: the begin and end of allocations, refused requests (RFC 8656 21.3.2).
#pragma once

#include <cstddef>
#include <vector>

#include "turnpike/log/log.hpp"
#include "turnpike/relay/route_table.hpp"
#include "turnpike/turn/effect.hpp"

namespace turnpike::worker {

// The counters, as every line names them.
void add_traffic(std::vector<log::Field>& fields, const relay::Traffic& traffic);

void log_started(const turn::AllocationStarted& started);
void log_ended(const turn::AllocationEnded& ended, const relay::Traffic& traffic);
void log_refused(const turn::RequestRefused& refused);
// Of the relay ports, so many, none is left.
void log_exhausted(std::size_t ports);

}  // namespace turnpike::worker
