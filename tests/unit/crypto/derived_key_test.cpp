// Keys of one secret: the same everywhere, and none of them another one.
#include "turnpike/crypto/derived_key.hpp"

#include <gtest/gtest.h>

#include <set>

namespace turnpike::crypto {
namespace {

TEST(DerivedKey, is_the_hmac_of_the_label) {
  const DerivedKey key = derive_key("secret", "label");
  EXPECT_EQ(key.bytes, hmac_sha256(as_bytes("secret"), as_bytes("label")));
  EXPECT_EQ(key.id, "fce76751") << "by openssl dgst -sha256 -mac HMAC";
  EXPECT_EQ(key, derive_key("secret", "label"));
}

TEST(DerivedKey, every_secret_and_label_has_its_own) {
  std::set<Sha256Mac> keys;
  std::set<std::string> ids;
  const char* const texts[] = {"", "a", "b", "secret",
                               "secret of a fleet that is longer than a block of the digest: 64"};
  for (const char* secret : texts) {
    for (const char* label : texts) {
      const DerivedKey key = derive_key(secret, label);
      EXPECT_TRUE(keys.insert(key.bytes).second) << secret << ' ' << label;
      EXPECT_TRUE(ids.insert(key.id).second) << secret << ' ' << label;
    }
  }
}

}  // namespace
}  // namespace turnpike::crypto
