// A word about a user: barred, or no longer barred.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "turnpike/base/time.hpp"
#include "turnpike/fleet/seal.hpp"

namespace turnpike::fleet {

// The speaker of a word. A word of one authority changes nothing about words of the other.
enum class Authority : std::uint8_t { livekit, operators };
// Returns the name that records and the log use.
std::string_view to_string(Authority authority);
// Returns the authority's letter in keys.
constexpr char letter_of(Authority authority) { return authority == Authority::livekit ? 'l' : 'o'; }

// Milliseconds since 1970 by the clock of LiveKit or of the node that said it. A node's own words are always
// later than all words it has heard of, however clocks differ.
using Said = std::uint64_t;
inline constexpr Said kSaidMax = Said{1} << 52;
inline constexpr Duration kWordLifeMax = std::chrono::hours(24 * 400);

// One statement about a user.
struct Word {
  std::string user_id;
  Authority authority = Authority::livekit;
  bool is_bar = false;
  Duration life{};  // time that is left of it; a lift has one too, because it may overtake its bar
  Said said = 0;
  std::string node_id;  // the node that it came from

  bool operator==(const Word&) const = default;
};

// Returns true if `a` overrides `b`, where both are about the same user: the later one; of the same time the
// bar; and of the same statement from two nodes always the same one on every node.
bool is_later(const Word& a, const Word& b);

// Return the word's payload, and the word of a payload or why it is refused.
std::string write_word(const Word& word);
Result<Word, RecordFault> read_word(std::string_view payload);

}  // namespace turnpike::fleet
