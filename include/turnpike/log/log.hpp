// The log: one line per event with named fields, as text or as JSON. Whoever logs never waits.
#pragma once

#include <initializer_list>
#include <span>
#include <string_view>

#include "turnpike/log/event.hpp"
#include "turnpike/log/options.hpp"
#include "turnpike/log/repetition.hpp"

namespace turnpike::log {

// Call at the start, and again to reopen the file after a rotation. Throws std::runtime_error if the file
// cannot be opened; the log is what it was then.
void open(const Options& options);

// From which level on events are written until the next open().
void set_level(Level level);
Level level();

// Whether the event is written: where many are expected, ask before their fields are put together.
bool is_logged(Event event);

// For events that others can bring about as often as they like: whether to write this one now, as Repetition
// says. What is not written is counted, and told later by `causes_repeated`; at level debug all is written.
bool is_new(Event event, std::string_view cause, const Concerned& concerned);

// For events whose number is all that matters: once a minute a line for each address, as Repetition says.
// Their fields are `from`, `count` and `seconds`.
void count(Event event, const IpAddress& address);

// Thread-safe. The fields are those of the table of events. Values may come from clients: whatever could
// break a line or a terminal is escaped (a record is one line). Never pass a secret.
void write(Event event, std::span<const Field> fields);
inline void write(Event event, std::initializer_list<Field> fields = {}) {
  write(event, std::span(fields.begin(), fields.size()));
}

// Before a process ends by itself: tells the counts of causes, and waits until all is written, no longer than
// the log's patience of 200 ms.
void flush();

// A thread that writes, for as long as a process serves. Before start() and after the end, lines are written
// by whoever logs, as far as that goes without waiting. A process should not fork after start().
class WriterThread {
 public:
  WriterThread() = default;
  // What is left has 200 ms.
  ~WriterThread();
  WriterThread(const WriterThread&) = delete;
  WriterThread& operator=(const WriterThread&) = delete;

  void start();
};

}  // namespace turnpike::log
