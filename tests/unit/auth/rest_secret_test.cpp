// TURN REST: what a name stands for.
#include "turnpike/auth/rest_secret.hpp"

#include <gtest/gtest.h>

#include <set>
#include <stdexcept>

#include "turnpike/stun/integrity.hpp"
#include "vectors.hpp"

namespace turnpike::auth {
namespace {

using std::string_view_literals::operator""sv;

std::vector<turn::Credential> find(const turn::CredentialSource& source, std::string_view username) {
  std::vector<turn::Credential> found;
  source.find(username, found);
  return found;
}

TEST(RestSecrets, a_name_that_is_a_time_alone_is_shared_and_one_with_a_user_is_that_users_CRED_05) {
  const RestSecrets secrets({"secret"});
  for (const auto& [name, kind] : {std::pair{"1700000000", turn::NameKind::shared},
                                   {"1700000000:", turn::NameKind::shared},
                                   {"1700000000:alice", turn::NameKind::personal},
                                   {"alice:1700000000", turn::NameKind::personal}})
    EXPECT_EQ(find(secrets, name).at(0).kind, kind) << name;
}

TEST(RestSecrets, the_password_is_the_one_of_the_vector_CRED_01) {
  const auto found = find(RestSecrets({"north"}), "1700000000:alice");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].username, "1700000000:alice");
  EXPECT_EQ(
      found[0].password,
      known_key("turn-rest: secret \"north\" username \"1700000000:alice\" password = base64(hmac-sha1)"));
  EXPECT_EQ(found[0].user_id, "alice");
  EXPECT_EQ(found[0].expires_unix_s, 1700000000);
}

TEST(RestSecrets, names_that_livekit_mints_for_external_servers_lead_to_the_same_keys_CRED_01_AUTH_22) {
  const auto vectors = livekit_vectors();
  const auto& cases = vectors.at("rest_credentials").as_array();
  ASSERT_FALSE(cases.empty());
  for (const auto& c : cases) {
    const auto text = [&](const char* member) { return std::string(c.at(member).as_string()); };
    const auto found = find(RestSecrets({text("secret")}), text("username"));
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].password, text("password"));
    const auto key = stun::long_term_key(stun::PasswordAlgorithm::md5, found[0].username, text("realm"),
                                         found[0].password);
    EXPECT_EQ(to_hex(key.view()), text("md5_key_hex"));
  }
}

TEST(RestSecrets, an_expiry_in_the_past_is_reported_and_not_judged_CRED_02) {
  const auto found = find(RestSecrets({"north"}), "1:alice");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].expires_unix_s, 1);
}

TEST(RestSecrets, a_name_without_a_plain_decimal_stamp_is_unknown_CRED_02) {
  const std::string nines(763, '9');
  const std::string letters(763, 'x');
  const std::string_view names[] = {"",
                                    ":",
                                    ":alice",
                                    "alice",
                                    "alice:",
                                    ":1700000000",
                                    "-1:alice",
                                    "+1700000000:alice",
                                    "1 :a",
                                    " 1:a",
                                    "1\0:a"sv,
                                    "\0"sv,
                                    "\0\0\0:a"sv,
                                    "%:a",
                                    "%s%n:a",
                                    "0x1F:a",
                                    "1e9:a",
                                    "1.5:a",
                                    letters,
                                    nines,
                                    "170000000O:a",
                                    "99999999999999999999:a",
                                    "9223372036854775808:a"};
  for (const auto name : names) EXPECT_TRUE(find(RestSecrets({"north"}), name).empty()) << name;
}

TEST(RestSecrets, the_user_is_what_follows_the_first_colon_CRED_04_CRED_05) {
  struct Case {
    std::string username;
    std::string user_id;
  };
  const std::string long_id(763 - 11, 'x');
  const Case cases[] = {
      {"1700000000:alice", "alice"},      {"1800000000:alice", "alice"},
      {"1700000000:a:b:c", "a:b:c"},      {"1700000000:%n%s", "%n%s"},
      {"1700000000:" + long_id, long_id}, {"1700000000:" + std::string("a\0b", 3), std::string("a\0b", 3)},
      {"1700000000", "1700000000"},       {"1700000000:", "1700000000:"},
  };
  for (const Case& c : cases) {
    const auto found = find(RestSecrets({"north"}), c.username);
    ASSERT_EQ(found.size(), 1U) << c.username;
    EXPECT_EQ(found[0].username, c.username);
    EXPECT_EQ(found[0].user_id, c.user_id);
  }
}

TEST(RestSecrets, the_expiry_stands_before_or_behind_the_user_CRED_01) {
  const struct {
    std::string_view username, separator;
    UnixSeconds expiry;
    std::string_view user_id;
  } cases[] = {
      {"1700000000:alice", ":", 1700000000, "alice"},
      {"alice:1700000000", ":", 1700000000, "alice"},
      {"a:b:1700000000", ":", 1700000000, "a:b"},
      {"1700000000:alice:1800000000", ":", 1700000000, "alice:1800000000"},
      {"1700000000:1800000000", ":", 1700000000, "1800000000"},
      {"42:1700000000", ":", 1700000000, "42"},  // nobody's credential ended in 1970
      {"42:alice", ":", 42, "alice"},
      {"1700000000@alice", "@", 1700000000, "alice"},
      {"alice:b@1700000000", "@", 1700000000, "alice:b"},
      {"1700000000--alice", "--", 1700000000, "alice"},
  };
  for (const auto& [username, separator, expiry, user_id] : cases) {
    const auto name = read_rest_name(username, separator);
    ASSERT_TRUE(name) << username;
    EXPECT_EQ(name->expires_unix_s, expiry) << username;
    EXPECT_EQ(name->user_id, user_id) << username;
  }
  EXPECT_FALSE(read_rest_name("1700000000:alice", "@"));
}

TEST(RestSecrets, each_secret_gives_a_credential_newest_first_CRED_03) {
  const auto found = find(RestSecrets({"new", "old"}), "1700000000:alice");
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].password, rest_password("new", "1700000000:alice"));
  EXPECT_EQ(found[1].password, rest_password("old", "1700000000:alice"));
  EXPECT_NE(found[0].password, found[1].password);
}

TEST(RestSecrets, their_number_is_bounded_and_none_is_empty_CRED_03) {
  EXPECT_EQ(find(RestSecrets(std::vector<std::string>(kRestSecretsMax, "s")), "1:a").size(), kRestSecretsMax);
  EXPECT_THROW(RestSecrets(std::vector<std::string>(kRestSecretsMax + 1, "s")), std::invalid_argument);
  EXPECT_THROW(RestSecrets({"north", ""}), std::invalid_argument);
}

TEST(RestSecrets, passwords_carry_the_whole_160_bits_of_the_hmac_CRED_07) {
  std::set<std::string> passwords;
  for (int i = 0; i < 1000; ++i) passwords.insert(rest_password("north", std::to_string(i)));
  EXPECT_EQ(passwords.size(), 1000U);
  for (const std::string& password : passwords) {
    ASSERT_EQ(password.size(), 28U);
    EXPECT_EQ(password.back(), '=');
  }
}

TEST(RestSecrets, a_secret_longer_than_a_hash_block_counts_whole_CRED_07) {
  const std::string secret(1000, 's');
  EXPECT_NE(rest_password(secret + "a", "1:a"), rest_password(secret + "b", "1:a"));
}

TEST(RestSecrets, users_cannot_be_found_by_hash_AUTH_25) {
  const RestSecrets source({"north"});
  std::vector<turn::Credential> found;
  source.find_userhash(stun::userhash("1700000000:alice", "realm"), found);
  EXPECT_TRUE(found.empty());
  EXPECT_FALSE(source.supports_userhash());
}

TEST(RestSecrets, without_secrets_nobody_is_known) {
  const RestSecrets none({});
  EXPECT_TRUE(none.empty());
  EXPECT_TRUE(find(none, "1700000000:alice").empty());
  EXPECT_FALSE(RestSecrets({"north"}).empty());
}

}  // namespace
}  // namespace turnpike::auth
