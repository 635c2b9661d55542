// A word about a user: barred, or barred no more.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "turnpike/base/time.hpp"
#include "turnpike/fleet/seal.hpp"

namespace turnpike::fleet {

// Whose word it is. What one says changes nothing about what the other has said.
enum class Authority : std::uint8_t { livekit, operators };
std::string_view to_string(Authority authority);
// In keys.
constexpr char letter_of(Authority authority) { return authority == Authority::livekit ? 'l' : 'o'; }

// In milliseconds since 1970 by the clock of whoever said it, LiveKit or a node: but a node's own words are
// always later than those it has heard of, however clocks differ.
using Said = std::uint64_t;
inline constexpr Said kSaidMax = Said{1} << 52;
inline constexpr Duration kWordLifeMax = std::chrono::hours(24 * 400);

struct Word {
  std::string user_id;
  Authority authority = Authority::livekit;
  bool is_bar = false;
  Duration life{};  // that is left of it: of a lift as well, for it may overtake its bar
  Said said = 0;
  std::string node_id;  // that it came from

  bool operator==(const Word&) const = default;
};

// Whether `a` counts where both are about the same user: the later one, of the same time the worse, and where
// two nodes have said the same, either, but the same one everywhere.
bool is_later(const Word& a, const Word& b);

std::string write_word(const Word& word);
Result<Word, RecordFault> read_word(std::string_view payload);

}  // namespace turnpike::fleet
