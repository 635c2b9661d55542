// What a node of a fleet wants of Redis, and what comes back: values, for whoever holds the connections.
#pragma once

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

// PUBLISH channel message. It stands behind the Write that it tells of, and goes after it.
struct Publish {
  std::string channel, message;

  bool operator==(const Publish&) const = default;
};

// GET and PTTL of each key. Each value that there is comes back as an Entry.
struct Read {
  std::vector<std::string> keys;

  bool operator==(const Read&) const = default;
};

// One page of SCAN with MATCH `prefix`*, where the prefix is no pattern: whoever sends it escapes it. What
// was found is read as by Read. The first cursor is "0".
struct Scan {
  std::string prefix, cursor = "0";

  bool operator==(const Scan&) const = default;
};

// SET key token NX PX life. Answered by whether it was set, under the number.
struct Claim {
  std::uint64_t number = 0;
  std::string key, token;
  Duration life{};

  bool operator==(const Claim&) const = default;
};

// PEXPIRE key life, in a script, if the key has that token. Answered by whether it had, under the number.
struct Renew {
  std::uint64_t number = 0;
  std::string key, token;
  Duration life{};

  bool operator==(const Renew&) const = default;
};

// DEL key, in a script, if the key has that token. No answer is wanted.
struct GiveUp {
  std::string key, token;

  bool operator==(const GiveUp&) const = default;
};

using Command = std::variant<Write, Erase, Publish, Read, Scan, Claim, Renew, GiveUp>;
using Commands = std::vector<Command>;

// What a key has.
struct Entry {
  std::string key, value;
  std::optional<Duration> life = std::nullopt;  // that is left of it; none: without end

  bool operator==(const Entry&) const = default;
};

}  // namespace turnpike::fleet
