// The systemd journal as an output: entries with fields, by the journal's own protocol.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "turnpike/log/event.hpp"
#include "turnpike/log/output.hpp"

namespace turnpike::log {

inline constexpr const char* kJournalSocket = "/run/systemd/journal/socket";

// Returns whether `stream`, the value of JOURNAL_STREAM as "device:inode", is the file that `fd` refers to.
// Standard output then leads to the journal, which takes entries rather than lines.
bool is_journal_stream(std::string_view stream, int fd);

// Returns an entry with MESSAGE, PRIORITY, SYSLOG_IDENTIFIER, TURNPIKE_EVENT and a TURNPIKE_NAME for each
// field; lists are joined with commas. Values contain no line ends, and characters that could break a
// terminal are escaped.
std::string journal_entry(const EventKind& kind, std::span<const Field> fields, std::string_view message);

// Sends each text as one entry. Connects again after the journal has restarted; entries are lost while there
// is no journal.
class Journal final : public Output {
 public:
  explicit Journal(std::string socket = kJournalSocket);

  Sent write_some(std::string_view& text, Duration patience) override;
  bool takes_entries() const override { return true; }

  // Returns the journal if this process's standard output leads to it, else nullptr.
  static std::shared_ptr<Output> of_standard_output();

 private:
  bool connect() const;

  const std::string socket_;
};

}  // namespace turnpike::log
