// Base62 as bit packing.
#include "turnpike/livekit/base62.hpp"

#include <algorithm>
#include <array>
#include <bit>

namespace turnpike::livekit {
namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
constexpr std::uint8_t kNoDigit = 0xFF;

constexpr auto kDigitOf = [] {
  std::array<std::uint8_t, 256> digits{};
  digits.fill(kNoDigit);
  for (std::size_t i = 0; i < kAlphabet.size(); ++i)
    digits[static_cast<std::uint8_t>(kAlphabet[i])] = static_cast<std::uint8_t>(i);
  return digits;
}();

constexpr bool is_short(unsigned value) { return (value & 0x1E) == 0x1E; }

}  // namespace

std::string base62_encode(Bytes bytes) {
  std::string text;
  text.reserve(bytes.size() * 8 / 5 + 1);
  unsigned held = 0;       // bits fetched and not yet written, low end first
  std::size_t held_n = 0;  // how many
  for (std::size_t left = bytes.size(); left > 0 || held_n > 0;) {
    if (held_n < 6 && left > 0) {
      held |= static_cast<unsigned>(bytes[--left]) << held_n;
      held_n += 8;
    }
    unsigned value = held & 0x3F;
    std::size_t taken = 6;
    if (is_short(value)) {
      // At the very end a 30 or 31 may stand for all bits that are left.
      if (left > 0 || held_n > 6 || value > 31) taken = 5;
      value &= 0x1F;
    }
    text += kAlphabet[value];
    held >>= taken;
    held_n -= std::min(taken, held_n);
  }
  return text;
}

std::optional<std::vector<std::uint8_t>> base62_decode(std::string_view text) {
  std::vector<std::uint8_t> bytes;
  bytes.reserve(text.size() * 6 / 8 + 1);
  unsigned held = 0;
  int held_n = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const unsigned digit = kDigitOf[static_cast<std::uint8_t>(text[i])];
    if (digit == kNoDigit) return std::nullopt;
    const bool is_last = i + 1 == text.size();
    held |= digit << held_n;
    held_n += is_last ? std::bit_width(digit) : is_short(digit) ? 5 : 6;
    if (held_n >= 8) {
      bytes.push_back(static_cast<std::uint8_t>(held));
      held >>= 8;
      held_n -= 8;
    }
  }
  if (held_n > 0) bytes.push_back(static_cast<std::uint8_t>(held));
  std::ranges::reverse(bytes);
  return bytes;
}

}  // namespace turnpike::livekit
