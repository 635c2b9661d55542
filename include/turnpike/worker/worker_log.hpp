// Writes log lines of a worker: begin and end of allocations, and refused requests (RFC 8656 section 21.3.2).
#pragma once

#include <cstddef>
#include <vector>

#include "turnpike/log/log.hpp"
#include "turnpike/relay/route_table.hpp"
#include "turnpike/turn/effect.hpp"

namespace turnpike::worker {

// Appends the traffic counters under the names that all log lines use.
void add_traffic(std::vector<log::Field>& fields, const relay::Traffic& traffic);

// Logs the begin of an allocation.
void log_started(const turn::AllocationStarted& started);
// Logs the end of an allocation with its traffic and the reason.
void log_ended(const turn::AllocationEnded& ended, const relay::Traffic& traffic);
// Logs a refused request with its cause.
void log_refused(const turn::RequestRefused& refused);
// Logs that all `ports` relay ports are in use or resting.
void log_exhausted(std::size_t ports);

}  // namespace turnpike::worker
