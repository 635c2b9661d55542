// Commands of a fleet's node to Redis, and the entries that come back, as values for the owner of the
// connections.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "turnpike/base/time.hpp"

namespace turnpike::fleet {

// SET key value PX life.
struct Write {
  std::string key, value;
  Duration life{};

  bool operator==(const Write&) const = default;
};

// DEL key.
struct Erase {
  std::string key;

  bool operator==(const Erase&) const = default;
};

// PUBLISH channel message. Follows the Write of the same news, and must be sent after it.
struct Publish {
  std::string channel, message;

  bool operator==(const Publish&) const = default;
};

// GET and PTTL of each key. Each value found comes back as an Entry.
struct Read {
  std::vector<std::string> keys;

  bool operator==(const Read&) const = default;
};

// One page of SCAN with MATCH `prefix`*. The prefix is no pattern: the sender escapes it. The keys found are
// then read as by Read. The first cursor is "0". Redis looks at about `keys` keys for a page.
struct Scan {
  std::string prefix, cursor = "0";
  std::size_t keys = 512;

  bool operator==(const Scan&) const = default;
};

// SET key token PX life, where there is no such key, or one that has no end or lives ten times as long. The
// answer, under `number`, is whether the key was set.
struct Claim {
  std::uint64_t number = 0;
  std::string key, token;
  Duration life{};

  bool operator==(const Claim&) const = default;
};

// PEXPIRE key life, in a script, if the key has this token. The answer, under `number`, is whether it had.
struct Renew {
  std::uint64_t number = 0;
  std::string key, token;
  Duration life{};

  bool operator==(const Renew&) const = default;
};

// DEL key, in a script, if the key has this token. Needs no answer.
struct GiveUp {
  std::string key, token;

  bool operator==(const GiveUp&) const = default;
};

using Command = std::variant<Write, Erase, Publish, Read, Scan, Claim, Renew, GiveUp>;
using Commands = std::vector<Command>;

// A key with its value.
struct Entry {
  std::string key, value;
  std::optional<Duration> life = std::nullopt;  // time until the key expires; none: it never does

  bool operator==(const Entry&) const = default;
};

}  // namespace turnpike::fleet
