// LiveKit's embedded credentials against LiveKit's own output, and names it would not write.
#include "turnpike/livekit/embedded_credentials.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

#include "turnpike/livekit/base62.hpp"
#include "turnpike/stun/integrity.hpp"
#include "unit/auth/vectors.hpp"

namespace turnpike::livekit {
namespace {

using std::string_view_literals::operator""sv;

std::vector<turn::Credential> find_raw(std::string_view raw) {
  std::vector<turn::Credential> found;
  EmbeddedCredentials(auth::Secrets{{"APIkey", "secret"}, {"APIother", "other"}})
      .find(base62_encode(as_bytes(raw)), found);
  return found;
}

TEST(EmbeddedCredentials, agree_with_every_credential_that_livekit_made_CRED_05_AUTH_22) {
  const auto vectors = auth::livekit_vectors();
  const std::string api_key(vectors.at("api_key").as_string());
  const std::string secret(vectors.at("api_secret").as_string());
  const auto& cases = vectors.at("embedded_credentials").as_array();
  ASSERT_FALSE(cases.empty());
  for (const auto& c : cases) {
    const auto text = [&](const char* member) { return std::string(c.at(member).as_string()); };
    const std::int64_t expiry = c.at("expiry").as_int64();
    EXPECT_EQ(embedded_username(api_key, text("participant_sid"), expiry), text("username"));

    std::vector<turn::Credential> found;
    EmbeddedCredentials(auth::Secrets{{"APIother", "other"}, {api_key, secret}})
        .find(text("username"), found);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].username, text("username"));
    EXPECT_EQ(found[0].password, text("password"));
    EXPECT_EQ(found[0].user_id, text("participant_sid"));
    EXPECT_EQ(found[0].expires_unix_s, expiry);
    const auto key = stun::long_term_key(stun::PasswordAlgorithm::md5, found[0].username, text("realm"),
                                         found[0].password);
    EXPECT_EQ(auth::to_hex(key.view()), text("md5_key_hex"));
  }
}

TEST(EmbeddedCredentials, each_api_key_has_its_own_secret) {
  const auto first = find_raw("APIkey|PA_1|4000000000");
  const auto second = find_raw("APIother|PA_1|4000000000");
  ASSERT_EQ(first.size(), 1U);
  ASSERT_EQ(second.size(), 1U);
  EXPECT_EQ(first[0].password, embedded_password("secret", "PA_1", 4000000000));
  EXPECT_EQ(second[0].password, embedded_password("other", "PA_1", 4000000000));
}

TEST(EmbeddedCredentials, the_same_participant_with_a_newer_stamp_is_the_same_user_CRED_05) {
  const auto first = find_raw("APIkey|PA_1|4000000000");
  const auto second = find_raw("APIkey|PA_1|4000000300");
  ASSERT_EQ(first.size(), 1U);
  ASSERT_EQ(second.size(), 1U);
  EXPECT_NE(first[0].username, second[0].username);
  EXPECT_EQ(first[0].user_id, second[0].user_id);
}

TEST(EmbeddedCredentials, an_expiry_in_the_past_is_reported_and_not_judged_AUTH_39) {
  const auto found = find_raw("APIkey|PA_1|1");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].expires_unix_s, 1);
}

TEST(EmbeddedCredentials, a_name_that_livekit_would_not_write_is_unknown) {
  const std::string nines = "APIkey|PA_1|" + std::string(500, '9');
  const std::string_view raws[] = {"",
                                   "APIkey",
                                   "APIkey|4000000000",
                                   "|",
                                   "||",
                                   "|||",
                                   "APIkey|PA_1|4000000000|",
                                   "APIkey|PA_1||4000000000",
                                   "APIkey|PA|1|4000000000",
                                   "|PA_1|4000000000",
                                   "APIkey||4000000000",
                                   "APIkey|PA_1|",
                                   "APIkey|PA_1|0",
                                   "APIkey|PA_1|000",
                                   "APIkey|PA_1|-4000000000",
                                   "APIkey|PA_1|+4000000000",
                                   "APIkey|PA_1|4000000000 ",
                                   "APIkey|PA_1|4000000000\0"sv,
                                   "APIkey|PA_1|9223372036854775808",
                                   nines,
                                   "apikey|PA_1|4000000000",
                                   "APIke|PA_1|4000000000",
                                   "APIkey\0|PA_1|4000000000"sv,
                                   "APIunknown|PA_1|4000000000"};
  for (const auto raw : raws) EXPECT_TRUE(find_raw(raw).empty()) << raw;
}

TEST(EmbeddedCredentials, only_a_name_that_livekit_would_write_can_have_an_unknown_key) {
  const EmbeddedCredentials credentials(auth::Secrets{{"APIkey", "secret"}});
  const struct {
    std::string name;
    bool known;
  } cases[] = {
      {embedded_username("APIkey", "PA_1", 4000000000), true},
      {embedded_username("APIother", "PA_1", 4000000000), false},
      {embedded_username("", "PA_1", 4000000000), false},
      {embedded_username("APIother", "PA_1", 0), true},  // not LiveKit's
      {"nobody", true},
      {"1700000000:user", true},
      {"", true},
  };
  for (const auto& [name, known] : cases) EXPECT_EQ(credentials.knows_key_of(name), known) << name;
  EXPECT_FALSE(EmbeddedCredentials({}).knows_key_of(embedded_username("APIkey", "PA_1", 4000000000)));
}

TEST(EmbeddedCredentials, a_name_that_is_not_base62_is_unknown) {
  const std::string good = embedded_username("APIkey", "PA_1", 4000000000);
  const EmbeddedCredentials source(auth::Secrets{{"APIkey", "secret"}});
  std::vector<turn::Credential> found;
  for (const std::string& name : {good + "=", good + " ", good + '\0', "%" + good, good + "|",
                                  std::string(763, '\0'), std::string(763, '%'), std::string(763, '9'),
                                  std::string(763, 'A'), std::string("1700000000:alice"), std::string()}) {
    source.find(name, found);
    EXPECT_TRUE(found.empty()) << name;
  }
  source.find(good, found);
  EXPECT_EQ(found.size(), 1U);
}

TEST(EmbeddedCredentials, an_expiry_with_leading_zeros_gives_the_password_of_its_value) {
  const auto found = find_raw("APIkey|PA_1|0004000000000");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].password, embedded_password("secret", "PA_1", 4000000000));
}

TEST(EmbeddedCredentials, refuse_keys_that_no_name_can_carry) {
  EXPECT_THROW(EmbeddedCredentials(auth::Secrets{{"", "secret"}}), std::invalid_argument);
  EXPECT_THROW(EmbeddedCredentials(auth::Secrets{{"API|key", "secret"}}), std::invalid_argument);
  EXPECT_THROW(EmbeddedCredentials(auth::Secrets{{"APIkey", ""}}), std::invalid_argument);
}

TEST(EmbeddedCredentials, users_cannot_be_found_by_hash_AUTH_25) {
  const EmbeddedCredentials source(auth::Secrets{{"APIkey", "secret"}});
  std::vector<turn::Credential> found;
  source.find_userhash(stun::userhash(embedded_username("APIkey", "PA_1", 4000000000), "realm"), found);
  EXPECT_TRUE(found.empty());
  EXPECT_FALSE(source.supports_userhash());
  EXPECT_FALSE(source.empty());
  EXPECT_TRUE(EmbeddedCredentials(auth::Secrets{}).empty());
}

TEST(LiveKitTtl, is_clamped_as_livekit_does) {
  struct Case {
    std::int64_t configured_s;
    std::int64_t expected_s;
  };
  for (const Case c : {Case{INT64_MIN, 300}, Case{-1, 300}, Case{0, 300}, Case{1, 1}, Case{300, 300},
                       Case{86400, 86400}, Case{86401, 86400}, Case{INT64_MAX, 86400}}) {
    EXPECT_EQ(embedded_ttl_s(c.configured_s), c.expected_s);
  }
}

TEST(EmbeddedCredentials, what_is_minted_is_what_livekit_made_and_what_is_accepted) {
  const auto vectors = auth::livekit_vectors();
  const std::string api_key(vectors.at("api_key").as_string());
  const std::string secret(vectors.at("api_secret").as_string());
  for (const auto& c : vectors.at("embedded_credentials").as_array()) {
    const std::string sid(c.at("participant_sid").as_string());
    const auto minted = mint_embedded(api_key, secret, sid, c.at("expiry").as_int64());
    ASSERT_TRUE(minted);
    EXPECT_EQ(minted->username, std::string_view(c.at("username").as_string()));
    EXPECT_EQ(minted->password, std::string_view(c.at("password").as_string()));
    std::vector<turn::Credential> found;
    EmbeddedCredentials(auth::Secrets{{api_key, secret}}).find(minted->username, found);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].password, minted->password);
  }
}

TEST(EmbeddedCredentials, names_fit_into_USERNAME_or_are_not_made_CRED_06) {
  const std::string api_key(64, 'K');
  EXPECT_LT(mint_embedded(api_key, "secret", std::string(64, 's'), INT64_MAX)->username.size(), 508U);
  EXPECT_FALSE(mint_embedded("APIkey", "secret", std::string(400, 'x'), 1700000000));
}

TEST(EmbeddedCredentials, nothing_is_minted_that_would_not_be_taken) {
  for (const UnixSeconds expiry : {UnixSeconds{0}, UnixSeconds{-1}, UnixSeconds{INT64_MIN}}) {
    EXPECT_FALSE(mint_embedded("APIkey", "secret", "PA_1", expiry));
  }
  EXPECT_FALSE(mint_embedded("", "secret", "PA_1", 1700000000));
  EXPECT_FALSE(mint_embedded("APIkey", "secret", "", 1700000000));
  EXPECT_FALSE(mint_embedded("API|key", "secret", "PA_1", 1700000000));
  EXPECT_FALSE(mint_embedded("APIkey", "secret", "PA|1", 1700000000));
}

}  // namespace
}  // namespace turnpike::livekit
