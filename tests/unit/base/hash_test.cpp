// Hashes of plain values.
#include "turnpike/base/hash.hpp"

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <vector>

#include "turnpike/base/endpoint.hpp"

namespace turnpike {
namespace {

TEST(ByteHash, equal_values_hash_alike_and_another_seed_gives_another_hash) {
  const Endpoint endpoint = *Endpoint::parse("192.0.2.1:3478");
  const Endpoint same = *Endpoint::parse("192.0.2.1:3478");
  const std::size_t hash = ByteHash{}(endpoint);
  EXPECT_EQ(hash, ByteHash{}(same));
  const std::uint64_t seed = byte_hash_seed;
  byte_hash_seed ^= 1;
  EXPECT_NE(hash, ByteHash{}(endpoint));
  byte_hash_seed = seed;
}

template <std::size_t size>
void expect_every_bit_to_spread() {
  using Value = std::array<std::uint8_t, size>;
  const std::uint64_t before = ByteHash{}(Value{});
  for (std::size_t bit = 0; bit < size * 8; ++bit) {
    Value value{};
    value[bit / 8] = static_cast<std::uint8_t>(1 << bit % 8);
    const int changed = std::popcount(before ^ ByteHash{}(value));
    EXPECT_GT(changed, 10) << "bit " << bit << " of " << size << " bytes";
    EXPECT_LT(changed, 54) << "bit " << bit << " of " << size << " bytes";
  }
}

TEST(ByteHash, every_bit_of_a_value_changes_many_of_the_hash) {
  expect_every_bit_to_spread<4>();
  expect_every_bit_to_spread<8>();
  expect_every_bit_to_spread<sizeof(Endpoint)>();
  expect_every_bit_to_spread<sizeof(FiveTuple)>();
}

TEST(ByteHash, neighbouring_ports_fill_buckets_evenly) {
  constexpr std::size_t buckets = 1024;
  std::vector<int> low(buckets);
  std::vector<int> high(buckets);
  for (int port = 0; port < 65536; ++port) {
    const std::uint64_t hash =
        ByteHash{}(Endpoint{IpAddress::v4(192, 0, 2, 1), static_cast<std::uint16_t>(port)});
    ++low[hash % buckets];
    ++high[hash >> 54];
  }
  for (std::size_t i = 0; i < buckets; ++i) {  // 64 are expected, a standard deviation is 8
    EXPECT_LT(low[i], 64 + 6 * 8) << i;
    EXPECT_LT(high[i], 64 + 6 * 8) << i;
  }
}

}  // namespace
}  // namespace turnpike
