// The log: one line per event with named fields, as text or as JSON. Functions that log never wait.
#pragma once

#include <initializer_list>
#include <span>
#include <string_view>

#include "turnpike/log/event.hpp"
#include "turnpike/log/options.hpp"
#include "turnpike/log/repetition.hpp"

namespace turnpike::log {

// Opens the log. Called at the start, and again to reopen the file after a rotation. Throws
// std::runtime_error if the file cannot be opened; the log then stays as it was.
void open(const Options& options);

// Sets the lowest level that is written, until the next open(). Thread-safe.
void set_level(Level level);
Level level();

// Returns whether the event is written at the current level. Frequent events should check this before their
// fields are built.
bool is_logged(Event event);

// Returns whether to write this event now, by the rules of Repetition: for events that others can cause as
// often as they like. Events that are not written are counted and reported later by `causes_repeated`.
// Returns true at level debug. `cause` must be a constant. Thread-safe.
bool is_new(Event event, std::string_view cause, const Concerned& concerned);

// Counts an event of which only the number matters. Each address gets one line a minute, with the fields
// `from`, `count` and `seconds`. Thread-safe.
void count(Event event, const IpAddress& address);

// Writes one event. `fields` must be listed for the event in the table, in its order. Values may come from
// clients: they are escaped, so that a record stays one line. Secrets must never be passed. Thread-safe.
void write(Event event, std::span<const Field> fields);
inline void write(Event event, std::initializer_list<Field> fields = {}) {
  write(event, std::span(fields.begin(), fields.size()));
}

// Writes the counts of causes and waits until all lines are written, at most 200 ms. Called before a process
// ends.
void flush();

// Runs the thread that writes lines. Before start() and after destruction, lines are written by the threads
// that log, as far as that does not block. A process must not fork after start().
class WriterThread {
 public:
  WriterThread() = default;
  // Writes what is left, for at most 200 ms.
  ~WriterThread();
  WriterThread(const WriterThread&) = delete;
  WriterThread& operator=(const WriterThread&) = delete;

  void start();
};

}  // namespace turnpike::log
