// Translates a fleet's commands into Redis commands, and Redis replies into the fleet's terms.
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

// Returns the Redis commands of a fleet command: two for each key of a Read, one for anything else. A Scan
// returns only the keys of a page; their values must be read afterwards.
std::vector<redis::Command> words_of(const fleet::Command& command);

// Returns the SCAN pattern for all keys that begin with `prefix`.
std::string pattern_of(std::string_view prefix);

// A page of keys from SCAN.
struct Page {
  std::string next_cursor;
  std::vector<std::string> keys;  // with the prefix, each once
};

// Returns the page of a SCAN reply; nullopt if the reply is not one.
std::optional<Page> page_of(const redis::Reply& reply, std::string_view prefix);

// Returns those keys that exist and hold a string, from the outcomes of words_of(Read{keys}).
std::vector<fleet::Entry> entries_of(std::span<const std::string> keys,
                                     std::span<const redis::Outcome> outcomes);

// Returns whether a Claim has set the key, or a Renew found the key still its own. An error is neither.
bool is_done(const redis::Outcome& outcome);

}  // namespace turnpike::node
