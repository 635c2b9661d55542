// Replays through every harness what a fuzzer begins with: the vectors, their prefixes and mutations, and
// seeded noise.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "fuzz/harness.hpp"
#include "turnpike/base/random.hpp"
#include "vector_files.hpp"

#define HARNESS(name) extern "C" int fuzz_##name(const std::uint8_t* data, std::size_t size);
TURNPIKE_HARNESSES
#undef HARNESS

namespace turnpike::fuzz {
namespace {

struct Harness {
  const char* name;
  int (*run)(const std::uint8_t* data, std::size_t size);
  friend void PrintTo(const Harness& harness, std::ostream* out) { *out << harness.name; }
};

#define HARNESS(name) {#name, &fuzz_##name},
constexpr Harness kHarnesses[] = {TURNPIKE_HARNESSES};
#undef HARNESS

using namespace std::string_literals;

using Buffer = std::vector<std::uint8_t>;

class Replay : public testing::TestWithParam<Harness> {
 protected:
  // False after a failure: one is enough. The input is copied to memory of exactly its size, for the
  // sanitizers' sake.
  bool holds(Bytes input) {
    const Buffer exact(input.begin(), input.end());
    try {
      GetParam().run(exact.data(), exact.size());
      return true;
    } catch (const Broken& broken) {
      ADD_FAILURE() << "does not hold: " << broken.what() << ": " << testing::PrintToString(exact);
      return false;
    }
  }
};

// A harness that reads text has a file of them, one a line; all others begin with the vectors.
std::vector<Buffer> seeds_of(const Harness& harness) {
  std::vector<Buffer> seeds;
  std::ifstream texts(std::filesystem::path(test::vectors_folder()) / "../fuzz/seeds" /
                      (harness.name + ".txt"s));
  for (std::string line; std::getline(texts, line);) seeds.emplace_back(line.begin(), line.end());
  if (!seeds.empty()) return seeds;
  for (const std::string& name : test::vector_names()) seeds.push_back(test::load_vector(name).bytes);
  return seeds;
}

TEST_P(Replay, every_prefix_of_every_seed_does_no_harm_MSG_30) {
  for (const Buffer& seed : seeds_of(GetParam())) {
    for (std::size_t size = 0; size <= seed.size(); ++size) ASSERT_TRUE(holds(Bytes{seed}.first(size)));
  }
}

// A longer one has too many.
constexpr std::size_t kChangedMax = 1000;

TEST_P(Replay, every_change_of_one_byte_of_every_seed_does_no_harm_MSG_30_SEC_13) {
  for (Buffer bytes : seeds_of(GetParam())) {
    if (bytes.size() > kChangedMax) continue;
    for (std::uint8_t& byte : bytes) {
      const std::uint8_t original = byte;
      for (int value = 0; value < 256; ++value) {
        byte = static_cast<std::uint8_t>(value);
        ASSERT_TRUE(holds(bytes));
      }
      byte = original;
    }
  }
}

TEST_P(Replay, seeded_noise_and_flipped_bits_do_no_harm_MSG_30_SEC_13) {
  SeededRandom random(8489);
  const std::vector<Buffer> all = seeds_of(GetParam());
  for (int round = 0; round < 20000; ++round) {
    Buffer bytes(random.below(300));
    if (round % 2 == 0) {
      random.fill(bytes);
      if (!bytes.empty()) bytes[0] &= 0x7F;  // half of all first bytes are no one's
    } else {
      bytes = all[random.below(static_cast<std::uint32_t>(all.size()))];
      for (std::uint32_t flips = 1 + random.below(16); flips > 0; --flips) {
        const std::uint32_t bit = random.below(static_cast<std::uint32_t>(bytes.size() * 8));
        bytes[bit / 8] = static_cast<std::uint8_t>(bytes[bit / 8] ^ 1 << bit % 8);
      }
    }
    ASSERT_TRUE(holds(bytes));
  }
}

INSTANTIATE_TEST_SUITE_P(Parser, Replay, testing::ValuesIn(kHarnesses),
                         [](const testing::TestParamInfo<Harness>& harness) {
                           return std::string(harness.param.name);
                         });

}  // namespace
}  // namespace turnpike::fuzz
