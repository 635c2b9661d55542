// What the log says where a process ends by a fault of its own.
#pragma once

namespace turnpike::log {

// From now on an exception that nobody catches and a TURNPIKE_CHECK that does not hold are told (`aborted`),
// and what was logged before is written, within the log's patience, before the process aborts. It ends even
// where the fault lies in the log.
void tell_last_words();

}  // namespace turnpike::log
