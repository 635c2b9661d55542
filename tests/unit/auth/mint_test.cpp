// Minted credentials are those that the sources accept; the JSON is what RTCPeerConnection takes.
#include "turnpike/auth/mint.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "turnpike/auth/rest_secret.hpp"

namespace turnpike::auth {
namespace {

void expect_accepted(const turn::CredentialSource& source, const std::optional<MintedCredential>& minted,
                     std::string_view user_id, UnixSeconds expiry_unix_s) {
  ASSERT_TRUE(minted);
  std::vector<turn::Credential> found;
  source.find(minted->username, found);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].username, minted->username);
  EXPECT_EQ(found[0].password, minted->password);
  EXPECT_EQ(found[0].user_id, user_id);
  EXPECT_EQ(found[0].expires_unix_s, expiry_unix_s);
}

TEST(Mint, rest_credentials_are_accepted_under_the_secret_CRED_01) {
  const RestSecrets source({"north"});
  expect_accepted(source, mint_rest("north", "alice", 1700000000), "alice", 1700000000);
  expect_accepted(source, mint_rest("north", "a:b", INT64_MAX), "a:b", INT64_MAX);
  expect_accepted(source, mint_rest("north", "", 1700000000), "1700000000", 1700000000);
  EXPECT_EQ(mint_rest("north", "alice", 1700000000)->username, "1700000000:alice");
  EXPECT_EQ(mint_rest("north", "alice", 1700000000, "@")->username, "1700000000@alice");
}

TEST(Mint, names_fit_into_USERNAME_or_are_not_made_CRED_06) {
  EXPECT_EQ(mint_rest("north", std::string(508 - 11, 'x'), 1700000000)->username.size(), 508U);
  EXPECT_FALSE(mint_rest("north", std::string(508 - 10, 'x'), 1700000000));
}

TEST(Mint, makes_nothing_that_a_source_would_not_take) {
  for (const UnixSeconds expiry : {UnixSeconds{0}, UnixSeconds{-1}, UnixSeconds{INT64_MIN}}) {
    EXPECT_FALSE(mint_rest("north", "alice", expiry));
  }
}

TEST(Mint, the_json_is_an_RTCIceServer_with_a_ttl_CRED_09) {
  const std::vector<std::string> urls = {"turn:turn.example:3478?transport=udp",
                                         "turns:turn.example:443?transport=tcp"};
  const auto json = boost::json::parse(ice_server_json(urls, "1700000000:al\"ice\u00E9", "Cd/4=", 300));
  const boost::json::value expected = {{"urls", {urls[0], urls[1]}},
                                       {"username", "1700000000:al\"ice\u00E9"},
                                       {"credential", "Cd/4="},
                                       {"ttl", 300}};
  EXPECT_EQ(json, expected);
}

TEST(Mint, one_url_is_still_a_list_CRED_09) {
  EXPECT_EQ(ice_server_json({"turn:[2001:db8::1]:3478"}, "u", "p", 60),
            R"({"urls":["turn:[2001:db8::1]:3478"],"username":"u","credential":"p","ttl":60})");
}

}  // namespace
}  // namespace turnpike::auth
