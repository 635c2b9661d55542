// Credentials of visitors: what their names say, who takes them, and what they are not good for.
#include "turnpike/auth/visitors.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "turnpike/auth/rest_secret.hpp"

namespace turnpike::auth {
namespace {

using ::testing::MatchesRegex;

constexpr UnixSeconds kNow = 1'700'000'000;
IpAddress ip(const char* text) { return IpAddress::parse(text).value(); }

std::vector<turn::Credential> find(const turn::CredentialSource& source, std::string_view username) {
  std::vector<turn::Credential> found;
  source.find(username, found);
  return found;
}

MintedCredential mint(const Visitors& visitors, const char* client = "198.51.100.7") {
  static SeededRandom random(7);
  return visitors.mint(ip(client), kNow, random).value();
}

TEST(Visitors, a_name_says_until_when_and_for_whom) {
  const Visitors visitors({"north"});
  const struct {
    const char* client;
    const char* origin;
  } table[] = {{"198.51.100.7", "198.51.100.7"},
               {"::ffff:198.51.100.7", "198.51.100.7"},
               {"2a00:db8:1:2:3:4:5:6", "2a00:db8:1:2::/64"}};
  for (const auto& [client, origin] : table) {
    const auto [username, password] = mint(visitors, client);
    EXPECT_THAT(username, MatchesRegex("check:1700000120:" + std::string(origin) + ":v[0-9a-f]{24}"));
    const auto found = find(visitors, username);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].username, username);
    EXPECT_EQ(found[0].password, password);
    EXPECT_EQ(found[0].user_id, "check:" + std::string(origin));
    EXPECT_EQ(found[0].expires_unix_s, kNow + 120);
    EXPECT_EQ(found[0].kind, turn::NameKind::visitor);
    EXPECT_LE(username.size(), kUsernameSizeMax);
  }
}

TEST(Visitors, no_two_are_the_same) {
  const Visitors visitors({"north"});
  const auto one = mint(visitors), other = mint(visitors);
  EXPECT_NE(one.username, other.username);
  EXPECT_NE(one.password, other.password);
}

TEST(Visitors, every_server_with_the_secret_takes_them_in_whichever_place) {
  const auto minted = mint(Visitors({"north", "south"}));
  for (const std::vector<std::string>& secrets :
       {std::vector<std::string>{"north"}, {"south", "west", "north"}}) {
    const auto found = find(Visitors(secrets), minted.username);
    ASSERT_EQ(found.size(), 1U) << "one key is tried, however many there are";
    EXPECT_EQ(found[0].password, minted.password);
  }
  EXPECT_TRUE(find(Visitors({"south"}), minted.username).empty());
}

TEST(Visitors, the_password_is_no_other_credential_of_the_secret) {
  const auto [username, password] = mint(Visitors({"north"}));
  EXPECT_NE(password, rest_password("north", username));
  EXPECT_TRUE(find(RestSecrets({"north"}), username).empty()) << "nor is the name one of TURN REST";
}

TEST(Visitors, what_is_changed_in_a_name_changes_the_password) {
  const Visitors visitors({"north"});
  const auto [username, password] = mint(visitors);
  for (const std::size_t at : {std::size_t{8}, std::size_t{20}, username.size() - 1}) {
    std::string other = username;
    other[at] = other[at] == '1' ? '2' : '1';
    for (const auto& found : find(visitors, other)) EXPECT_NE(found.password, password) << other;
  }
}

TEST(Visitors, other_names_are_nobodys) {
  const Visitors visitors({"north"});
  const std::string id = mint(visitors).username.substr(31, 8), rest = ":v" + id + "0123456789abcdef";
  ASSERT_EQ(find(visitors, "check:1:a" + rest).size(), 1U);
  for (const std::string name :
       {"", "check:", "check::", "check:::", "check:1", "check:1:", "check:x:a", "alice"})
    EXPECT_TRUE(find(visitors, name).empty()) << name;
  for (const std::string& name :
       {"check:1" + rest, "check:-1:a" + rest, "check::a" + rest, "Check:1:a" + rest,
        "check:1:a" + rest + "0", "check:1:a:v" + id, "check:1:a:v" + std::string(24, '0')})
    EXPECT_TRUE(find(visitors, name).empty()) << name;
}

TEST(Visitors, without_a_secret_there_are_none) {
  SeededRandom random(1);
  const Visitors visitors({""});
  EXPECT_TRUE(visitors.empty());
  EXPECT_FALSE(visitors.mint(ip("198.51.100.7"), kNow, random));
  EXPECT_FALSE(Visitors({"a"}).supports_userhash());
}

}  // namespace
}  // namespace turnpike::auth
