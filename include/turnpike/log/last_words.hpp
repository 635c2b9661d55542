// Logs the reason when a process ends by a fault of its own.
#pragma once

namespace turnpike::log {

// Installs handlers for uncaught exceptions and failed TURNPIKE_CHECKs. They write the event `aborted` and
// all earlier lines, within the log's patience, before the process aborts. The process ends even if the fault
// is in the log itself.
void tell_last_words();

}  // namespace turnpike::log
