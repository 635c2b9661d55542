// What a fleet wants of Redis in Redis' own words, and Redis' answers as the fleet takes them.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "turnpike/fleet/command.hpp"
#include "turnpike/redis/command.hpp"
#include "turnpike/redis/link.hpp"

namespace turnpike::node {

// A Read has two commands for each key, everything else one. A Scan asks for the keys of a page alone: what
// they have is to be read afterwards.
std::vector<redis::Command> words_of(const fleet::Command& command);

// The pattern of SCAN for all that begins with the text.
std::string pattern_of(std::string_view prefix);

struct Page {
  std::string next_cursor;
  std::vector<std::string> keys;  // that begin with the prefix, each once
};

// Of the answer to SCAN; none: that is none.
std::optional<Page> page_of(const redis::Reply& reply, std::string_view prefix);

// Of the outcomes of words_of(Read{keys}): the keys that there are, and that hold a text.
std::vector<fleet::Entry> entries_of(std::span<const std::string> keys,
                                     std::span<const redis::Outcome> outcomes);

// Of a Claim: it was set. Of a Renew: it was still one's own. An error is neither.
bool is_done(const redis::Outcome& outcome);

}  // namespace turnpike::node
