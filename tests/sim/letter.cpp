// The layout of a letter: five words in network order, filler, CRC-32.
#include "letter.hpp"

#include "turnpike/stun/integrity.hpp"

namespace turnpike::sim {
namespace {

constexpr std::uint32_t kMagic = 0xC0FFEE11;  // no STUN message and no channel number begins so
constexpr std::size_t kHead = 20;
constexpr std::size_t kTail = 4;

}  // namespace

std::vector<std::uint8_t> seal(const Letter& letter, std::size_t filler) {
  std::vector<std::uint8_t> bytes(kHead + filler + kTail, 0xA5);
  std::uint8_t* at = bytes.data();
  for (const std::uint32_t word : {kMagic, letter.from, letter.to, letter.flow, letter.sequence}) {
    store_be32(at, word);
    at += 4;
  }
  const std::size_t covered = kHead + filler;
  store_be32(bytes.data() + covered, stun::fingerprint(Bytes{bytes}.first(covered)));
  return bytes;
}

std::optional<Letter> open(Bytes payload) {
  if (payload.size() < kHead + kTail || load_be32(payload.data()) != kMagic) return std::nullopt;
  const std::size_t covered = payload.size() - kTail;
  if (load_be32(payload.data() + covered) != stun::fingerprint(payload.first(covered))) return std::nullopt;
  const std::uint8_t* at = payload.data();
  return Letter{load_be32(at + 4), load_be32(at + 8), load_be32(at + 12), load_be32(at + 16)};
}

}  // namespace turnpike::sim
