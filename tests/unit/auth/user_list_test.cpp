// Configured users, by name and by USERHASH.
#include "turnpike/auth/user_list.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

#include "vectors.hpp"

namespace turnpike::auth {
namespace {

using std::string_view_literals::operator""sv;

std::vector<turn::Credential> find(const UserList& users, std::string_view username) {
  std::vector<turn::Credential> found;
  users.find(username, found);
  return found;
}

std::vector<turn::Credential> find_hash(const UserList& users, Bytes userhash) {
  std::vector<turn::Credential> found;
  users.find_userhash(userhash, found);
  return found;
}

// What the constructor says against these users.
std::string complaint(const Secrets& users, std::string_view realm = "realm") {
  try {
    const UserList list(users, realm);
    return "";
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
}

TEST(UserList, names_of_configured_users_are_shared_CRED_05) {
  const UserList users({{"alice", "pass"}}, "realm", {{"stored", std::string(32, 'a')}});
  for (const char* name : {"alice", "stored"})
    EXPECT_EQ(find(users, name).at(0).kind, turn::NameKind::shared) << name;
}

TEST(UserList, a_user_leads_to_the_keys_of_the_vectors_AUTH_22_AUTH_23) {
  const auto found = find(UserList({{"user", "pass"}, {"other", "word"}}, "realm"), "user");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].user_id, "user");
  EXPECT_EQ(found[0].expires_unix_s, std::nullopt);
  const auto key_hex = [&](stun::PasswordAlgorithm algorithm) {
    return to_hex(stun::long_term_key(algorithm, found[0].username, "realm", found[0].password).view());
  };
  EXPECT_EQ(key_hex(stun::PasswordAlgorithm::md5), known_key("md5(\"user:realm:pass\")"));
  EXPECT_EQ(key_hex(stun::PasswordAlgorithm::sha256), known_key("sha256(\"user:realm:pass\")"));
}

TEST(UserList, finds_the_hash_that_RFC_8489_B_1_prints_AUTH_24) {
  const std::string matrix = "\u30DE\u30C8\u30EA\u30C3\u30AF\u30B9";
  const UserList users({{matrix, "TheMatrIX"}, {"user", "pass"}}, "example.org");
  const auto hash = stun::userhash(matrix, "example.org");
  ASSERT_EQ(to_hex(hash), known_key("userhash(katakana MTX, \"example.org\")"));

  const auto found = find_hash(users, hash);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].username, matrix);
  EXPECT_EQ(found[0].user_id, matrix);
  EXPECT_EQ(found[0].password, "TheMatrIX");
}

TEST(UserList, the_hash_is_of_prepared_name_and_realm_AUTH_24) {
  const UserList users({{"e\u0301", "pass"}}, "my\u00A0realm");
  const auto found = find_hash(users, stun::userhash("\u00E9", "my realm"));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].username, "\u00E9");
  EXPECT_TRUE(find_hash(users, stun::userhash("e\u0301", "my realm")).empty());
}

TEST(UserList, a_hash_of_another_user_realm_or_length_finds_nobody_AUTH_24) {
  const UserList users({{"user", "pass"}}, "realm");
  const auto hash = stun::userhash("user", "realm");
  ASSERT_EQ(find_hash(users, hash).size(), 1U);
  EXPECT_TRUE(find_hash(users, stun::userhash("user2", "realm")).empty());
  EXPECT_TRUE(find_hash(users, stun::userhash("user", "realm2")).empty());
  EXPECT_TRUE(find_hash(users, {}).empty());
  EXPECT_TRUE(find_hash(users, Bytes{hash}.first(31)).empty());
  std::vector<std::uint8_t> longer(hash.begin(), hash.end());
  longer.push_back(0);
  EXPECT_TRUE(find_hash(users, longer).empty());
}

TEST(UserList, names_that_are_prepared_alike_are_the_same_user_AUTH_26) {
  const UserList users({{"a\u00A0b", "p\u00A0w"}, {"\u00E9", "e\u0301"}}, "realm");
  for (const auto name : {"a b", "a\u00A0b", "a\u3000b"}) {
    const auto found = find(users, name);
    ASSERT_EQ(found.size(), 2U) << name;
    EXPECT_EQ(found[0].username, name);
    EXPECT_EQ(found[0].user_id, "a b");
    EXPECT_EQ(found[0].password, "p w");
    EXPECT_EQ(found[1].password, "p\u00A0w");
  }
}

TEST(UserList, a_password_holds_prepared_as_written_and_decomposed_AUTH_26) {
  const std::string composed = "\u00E9", decomposed = "e\u0301";
  for (const std::string& written : {composed, decomposed}) {
    const UserList users({{written, written}}, "realm");
    for (const std::string& asked : {composed, decomposed}) {
      const auto found = find(users, asked);
      ASSERT_EQ(found.size(), 2U);
      EXPECT_EQ(found[0].password, composed);
      EXPECT_EQ(found[1].password, decomposed);
      for (const turn::Credential& each : found) {
        EXPECT_EQ(each.username, asked) << "which the client has hashed";
        EXPECT_EQ(each.user_id, composed);
      }
    }
  }
}

TEST(UserList, refuses_what_cannot_be_prepared_and_names_the_user_AUTH_26) {
  EXPECT_EQ(complaint({{"alice", "secret"}}), "");
  EXPECT_NE(complaint({{"al\tice", "secret"}}).find("'al\tice'"), std::string::npos);
  EXPECT_NE(complaint({{"alice", "The\u00ADMatrix"}}).find("'alice'"), std::string::npos);
  EXPECT_EQ(complaint({{"alice", "se\tcret"}}).find("cret"), std::string::npos)
      << "the password itself is not told";
  EXPECT_NE(complaint({{"alice", ""}}).find("'alice'"), std::string::npos);
  EXPECT_NE(complaint({{"", "secret"}}).find("user name ''"), std::string::npos);
  EXPECT_NE(complaint({{"e\u0301", "a"}, {"\u00E9", "b"}}).find("\u00E9"), std::string::npos);
  EXPECT_NE(complaint({}, "").find("realm"), std::string::npos);
  EXPECT_NE(complaint({}, "re\nalm").find("realm"), std::string::npos);
}

TEST(UserList, a_stored_key_stands_for_a_password_that_nobody_knows) {
  const std::string hex = known_key("md5(\"user:realm:pass\")");
  for (const std::string& digits : {hex, "0x" + hex, "0X" + hex}) {
    const UserList users({{"other", "word"}}, "realm", {{"user", digits}});
    const auto found = find(users, "user");
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].user_id, "user");
    ASSERT_TRUE(found[0].md5_key);
    EXPECT_EQ(to_hex(found[0].md5_key->view()), hex);
    EXPECT_EQ(find_hash(users, stun::userhash("user", "realm")).size(), 1U);
    EXPECT_FALSE(find(users, "other")[0].md5_key);
    EXPECT_FALSE(users.supports_sha256());
    EXPECT_FALSE(users.empty());
  }
  EXPECT_TRUE(UserList({{"user", "pass"}}, "realm").supports_sha256());
}

TEST(UserList, a_stored_key_is_32_hexadecimal_digits_of_one_user) {
  const auto complaint_of = [](const std::string& name, const std::string& key) -> std::string {
    try {
      const UserList users({{"alice", "pass"}}, "realm", {{name, key}});
      return "";
    } catch (const std::invalid_argument& error) {
      return error.what();
    }
  };
  const std::string good(32, 'a');
  EXPECT_EQ(complaint_of("bob", good), "");
  for (const std::string& bad : {std::string(), std::string("0x"), good.substr(1), good + "a",
                                 good.substr(1) + "g", "-" + good.substr(1), good.substr(2) + "+1"}) {
    EXPECT_EQ(complaint_of("bob", bad), "the key of user 'bob' is not 32 hexadecimal digits") << bad;
  }
  EXPECT_EQ(complaint_of("alice", good), "user 'alice' is there twice, spelt differently or with a key");
}

TEST(UserList, hostile_names_find_nobody) {
  const UserList users({{"user", "pass"}, {"100%", "pass"}}, "realm");
  const std::string long_name(763, 'u');
  std::string marks = "a";
  while (marks.size() < 760) marks += "\u0301\u0323";
  const std::string_view names[] = {"",         "u",    "users",   "User", "user ",    " user",
                                    "user\0"sv, "\0"sv, "%",       "%s%n", "us\0er"sv, "user:realm",
                                    "\xFF\xFE", "\xC3", long_name, marks};
  for (const auto name : names) EXPECT_TRUE(find(users, name).empty()) << name;
  EXPECT_EQ(find(users, "100%").size(), 1U);
}

TEST(UserList, users_can_be_found_by_hash_and_an_empty_list_knows_nobody_AUTH_25) {
  const UserList none({}, "realm");
  EXPECT_TRUE(none.empty());
  EXPECT_TRUE(find(none, "user").empty());
  const UserList one({{"user", "pass"}}, "realm");
  EXPECT_FALSE(one.empty());
  EXPECT_TRUE(one.supports_userhash());
}

}  // namespace
}  // namespace turnpike::auth
