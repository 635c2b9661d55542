// Names that say with which key they were made: what is one, and its parts.
#include "turnpike/auth/derived_name.hpp"

#include <gtest/gtest.h>

namespace turnpike::auth {
namespace {

TEST(DerivedName, has_an_expiry_a_whom_and_an_end) {
  for (const char* whom : {"a", "2001:db8::/64", ":", "a b"}) {
    const std::string text = "check:1700000000:" + std::string(whom) + ":vx";
    const auto name = read_derived_name("check:", text);
    ASSERT_TRUE(name) << whom;
    EXPECT_EQ(name->expires_unix_s, 1'700'000'000);
    EXPECT_EQ(name->whom, whom);
    EXPECT_EQ(name->end, "vx");
  }
}

TEST(DerivedName, anything_else_is_none) {
  for (const char* text :
       {"", "check:", "check:1", "check:1:a", "check:1::v", "check:1:", "check::a:v", "check:x:a:v",
        "check:-1:a:v", "Check:1:a:v", "fleet:1:a:v", "check:99999999999999999999:a:v"})
    EXPECT_FALSE(read_derived_name("check:", text)) << text;
}

TEST(DerivedName, the_password_is_of_key_and_name) {
  const auto key = crypto::derive_key("secret", "label"), other = crypto::derive_key("secret", "other");
  EXPECT_EQ(derived_password(key, "a").size(), 44U);
  EXPECT_NE(derived_password(key, "a"), derived_password(key, "b"));
  EXPECT_NE(derived_password(key, "a"), derived_password(other, "a"));
}

TEST(DerivedName, each_secret_has_a_key_and_each_key_of_the_id_a_credential) {
  const auto keys = derive_keys({"one", "", "two"}, "label");
  ASSERT_EQ(keys.size(), 2U);
  EXPECT_EQ(keys[1], crypto::derive_key("two", "label"));
  const turn::Credential whose{
      .username = "check:1:a:v", .password = {}, .user_id = "a", .expires_unix_s = 1};
  const auto found = derived_credentials(keys, keys[1].id, whose);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].password, derived_password(keys[1], whose.username));
  EXPECT_EQ(found[0].user_id, "a");
  EXPECT_EQ(found[0].expires_unix_s, 1);
  EXPECT_TRUE(derived_credentials(keys, "00000000", whose).empty());
}

}  // namespace
}  // namespace turnpike::auth
