// Base62 against LiveKit's own output, by round trips, and with every byte.
#include "turnpike/livekit/base62.hpp"

#include <gtest/gtest.h>

#include "turnpike/base/random.hpp"
#include "unit/auth/vectors.hpp"

namespace turnpike::livekit {
namespace {

using Buffer = std::vector<std::uint8_t>;

std::string decoded_hex(std::string_view text) {
  const auto bytes = base62_decode(text);
  return bytes ? auth::to_hex(*bytes) : "refused";
}

Buffer from_hex(std::string_view hex) {
  Buffer bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes.push_back(static_cast<std::uint8_t>(std::stoul(std::string(hex.substr(i, 2)), nullptr, 16)));
  }
  return bytes;
}

TEST(Base62, agrees_with_every_vector_of_livekit) {
  const auto vectors = auth::livekit_vectors();
  const auto& cases = vectors.at("base62").as_array();
  ASSERT_EQ(cases.size(), 25U);
  for (const auto& c : cases) {
    const auto hex = std::string_view(c.at("bytes_hex").as_string());
    const auto text = std::string_view(c.at("text").as_string());
    EXPECT_EQ(base62_encode(from_hex(hex)), text) << hex;
    EXPECT_EQ(decoded_hex(text), std::string_view(c.at("decoded_hex").as_string())) << text;
  }
}

TEST(Base62, five_thousand_random_buffers_come_back) {
  SeededRandom random(62);
  for (int round = 0; round < 5000; ++round) {
    Buffer bytes(random.below(97));
    random.fill(bytes);
    ASSERT_EQ(base62_decode(base62_encode(bytes)), bytes) << "round " << round << ": " << auth::to_hex(bytes);
  }
}

// Runs of ones take five bits a character, runs of zeros decide how many bytes there are.
TEST(Base62, every_buffer_of_one_or_two_bytes_and_every_run_comes_back) {
  for (unsigned value = 0; value < 0x10000; ++value) {
    const Buffer two{static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value)};
    ASSERT_EQ(base62_decode(base62_encode(two)), two) << value;
    const Buffer one{two[1]};
    ASSERT_EQ(base62_decode(base62_encode(one)), one) << value;
  }
  for (std::size_t size = 0; size < 100; ++size) {
    for (const std::uint8_t filling : {0x00, 0xFF, 0x1E, 0xF7, 0x80}) {
      const Buffer run(size, filling);
      ASSERT_EQ(base62_decode(base62_encode(run)), run) << size << " of " << int{filling};
    }
  }
}

TEST(Base62, nothing_is_written_as_nothing) {
  EXPECT_EQ(base62_encode({}), "");
  EXPECT_EQ(decoded_hex(""), "");
}

TEST(Base62, every_byte_is_either_in_the_alphabet_or_refuses_the_text) {
  const std::string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  for (int byte = 0; byte <= 0xFF; ++byte) {
    const char c = static_cast<char>(byte);
    const bool accepted = alphabet.find(c) != std::string::npos;
    for (const std::string& text :
         {std::string{c}, std::string{'A', c}, std::string{c, 'A'}, std::string{'z', c, 'z'}}) {
      EXPECT_EQ(base62_decode(text).has_value(), accepted) << "byte " << byte << " in " << text.size();
    }
  }
}

}  // namespace
}  // namespace turnpike::livekit
