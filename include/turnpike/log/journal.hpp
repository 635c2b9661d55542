// The journal of systemd as an output: entries with fields, by its own protocol.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "turnpike/log/event.hpp"
#include "turnpike/log/output.hpp"

namespace turnpike::log {

inline constexpr const char* kJournalSocket = "/run/systemd/journal/socket";

// Whether `stream`, the value of JOURNAL_STREAM, is what the descriptor leads to: then standard output is the
// journal's, and an entry says more than a line. Both are numbers with a colon in between: device, inode.
bool is_journal_stream(std::string_view stream, int fd);

// MESSAGE, PRIORITY, SYSLOG_IDENTIFIER and TURNPIKE_EVENT, and TURNPIKE_NAME for each field, lists with
// commas. Values have no line ends: what could break a terminal is escaped as in lines.
std::string journal_entry(const EventKind& kind, std::span<const Field> fields, std::string_view message);

// Sends each text as one entry. A journal that is started anew is found again; while there is none, entries
// are lost.
class Journal final : public Output {
 public:
  explicit Journal(std::string socket = kJournalSocket);

  Sent write_some(std::string_view& text, Duration patience) override;
  bool takes_entries() const override { return true; }

  // That of this process, where its standard output leads to the journal; null otherwise.
  static std::shared_ptr<Output> of_standard_output();

 private:
  bool connect() const;

  const std::string socket_;
};

}  // namespace turnpike::log
