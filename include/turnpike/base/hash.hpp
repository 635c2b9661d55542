// A seeded hash for plain values without padding: endpoints, 5-tuples, flow keys.
#pragma once

#include <cstdint>
#include <cstring>
#include <type_traits>

namespace turnpike {

// Seed of all hashes. The server sets it at random before it fills a table, so that clients cannot prepare
// collisions.
inline std::uint64_t byte_hash_seed = 0x9E3779B97F4A7C15ULL;

// Hashes the bytes of a value without padding.
struct ByteHash {
  using is_avalanching = void;  // tells boost::unordered_flat_map that the bits are well mixed

  template <class T>
    requires std::has_unique_object_representations_v<T>
  std::size_t operator()(const T& value) const noexcept {
    std::uint64_t hash = byte_hash_seed;
    const auto* bytes = reinterpret_cast<const unsigned char*>(&value);
    std::size_t left = sizeof value;
    for (; left >= 8; bytes += 8, left -= 8) {
      std::uint64_t word;
      std::memcpy(&word, bytes, 8);
      hash = mix(hash ^ word);
    }
    if (left > 0) {
      std::uint64_t word = 0;
      std::memcpy(&word, bytes, left);
      hash = mix(hash ^ word ^ left << 56);
    }
    return static_cast<std::size_t>(hash);
  }

 private:
  // Returns both halves of a 128-bit product, XORed.
  static std::uint64_t mix(std::uint64_t x) {
    __extension__ using Wide = unsigned __int128;
    const Wide product = static_cast<Wide>(x ^ 0x2545F4914F6CDD1DULL) * 0xD6E8FEB86659FD93ULL;
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
  }
};

}  // namespace turnpike
