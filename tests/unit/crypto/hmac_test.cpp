// HMACs against the vectors of RFC 2202 and RFC 4231.
#include "turnpike/crypto/hmac.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "vectors.hpp"

namespace turnpike::crypto {
namespace {

using test::from_hex;

std::vector<std::uint8_t> copy(Bytes bytes) { return {bytes.begin(), bytes.end()}; }

TEST(Hmac, hmacs_are_those_of_rfc_2202_and_4231) {
  EXPECT_EQ(copy(hmac_sha1(as_bytes("Jefe"), as_bytes("what do ya want for nothing?"))),
            from_hex("effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"));
  EXPECT_EQ(copy(hmac_sha256(as_bytes("Jefe"), as_bytes("what do ya want for nothing?"))),
            from_hex("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"));
  const std::vector<std::uint8_t> long_key(131, 0xAA);  // longer than a block: hashed first
  EXPECT_EQ(copy(hmac_sha256(long_key, as_bytes("Test Using Larger Than Block-Size Key - Hash Key First"))),
            from_hex("60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"));
}

TEST(Hmac, an_empty_key_is_a_key_of_its_own_and_not_the_previous_one) {
  hmac_sha1(as_bytes("previous"), as_bytes("x"));
  EXPECT_EQ(copy(hmac_sha1({}, {})), from_hex("fbdb1d1b18aa6c08324b7d64b71fb76370690e1d"));
  hmac_sha256(as_bytes("previous"), as_bytes("x"));
  EXPECT_EQ(copy(hmac_sha256({}, {})),
            from_hex("b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"));
}

TEST(Hmac, a_message_in_two_parts_is_the_message) {
  EXPECT_EQ(hmac_sha1(as_bytes("key"), as_bytes("one"), as_bytes("two")),
            hmac_sha1(as_bytes("key"), as_bytes("onetwo")));
  EXPECT_EQ(hmac_sha256(as_bytes("key"), {}, as_bytes("two")), hmac_sha256(as_bytes("key"), as_bytes("two")));
}

}  // namespace
}  // namespace turnpike::crypto
