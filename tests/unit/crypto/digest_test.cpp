// Digests against RFC 1321 A.5 and FIPS 180-4.
#include "turnpike/crypto/digest.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "vectors.hpp"

namespace turnpike::crypto {
namespace {

using test::from_hex;

template <class Digest>
std::vector<std::uint8_t> copy(const Digest& digest) {
  return {digest.begin(), digest.end()};
}

TEST(Digest, parts_are_hashed_one_behind_the_other) {
  EXPECT_EQ(copy(md5({})), from_hex("d41d8cd98f00b204e9800998ecf8427e"));
  EXPECT_EQ(copy(md5({"message", " ", "digest"})), from_hex("f96b697d7cb7938d525a2f31aaf161d0"));
  EXPECT_EQ(copy(sha256({"a", "", "bc"})),
            from_hex("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
}

}  // namespace
}  // namespace turnpike::crypto
