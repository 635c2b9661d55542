// Credentials of a fleet: what their names say, and which servers take them.
#include "turnpike/auth/fleet_credentials.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "turnpike/auth/rest_secret.hpp"
#include "turnpike/auth/visitors.hpp"

namespace turnpike::auth {
namespace {

using ::testing::MatchesRegex;

constexpr UnixSeconds kExpiry = 1'700'000'300;

std::vector<turn::Credential> find(const turn::CredentialSource& source, std::string_view username) {
  std::vector<turn::Credential> found;
  source.find(username, found);
  return found;
}

TEST(FleetCredentials, a_name_says_until_when_for_whom_and_by_which_key_CRED_05) {
  const FleetCredentials fleet({"north"});
  for (const std::string user : {"PA_1", "RI_abc", "a:b", "1700000000", "alice smith"}) {
    const auto [username, password] = fleet.mint(user, kExpiry).value();
    EXPECT_THAT(username, MatchesRegex("fleet:1700000300:" + user + ":f[0-9a-f]{8}"));
    const auto found = find(fleet, username);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].username, username);
    EXPECT_EQ(found[0].password, password);
    EXPECT_EQ(found[0].user_id, user);
    EXPECT_EQ(found[0].expires_unix_s, kExpiry);
    EXPECT_EQ(found[0].kind, turn::NameKind::personal);
  }
}

TEST(FleetCredentials, every_server_that_has_the_secret_takes_it_in_whichever_place_CRED_03) {
  const struct {
    const char* what;
    std::vector<std::string> makes, takes;
    bool is_taken;
  } table[] = {
      {"the same", {"north"}, {"north"}, true},
      {"the new one is taken before anybody makes with it", {"old", "new"}, {"new", "old"}, true},
      {"the old one is taken while it is out", {"new", "old"}, {"old", "new"}, true},
      {"another", {"north"}, {"south"}, false},
      {"none", {"north"}, {}, false},
  };
  for (const auto& [what, makes, takes, is_taken] : table) {
    const auto minted = FleetCredentials(makes).mint("PA_1", kExpiry).value();
    const FleetCredentials taker(takes);
    const auto found = find(taker, minted.username);
    ASSERT_EQ(found.size(), is_taken ? 1U : 0U) << what;
    if (is_taken) EXPECT_EQ(found[0].password, minted.password) << what;
    EXPECT_EQ(taker.knows_key_of(minted.username), is_taken) << what;
  }
}

TEST(FleetCredentials, the_secret_makes_no_other_kind_by_the_same_key) {
  const auto [username, password] = FleetCredentials({"north"}).mint("PA_1", kExpiry).value();
  EXPECT_NE(password, rest_password("north", username));
  EXPECT_TRUE(find(RestSecrets({"north"}), username).empty());
  EXPECT_TRUE(find(Visitors({"north"}), username).empty());
  SeededRandom random(1);
  const auto visitor = Visitors({"north"}).mint(IpAddress::v4(192, 0, 2, 1), kExpiry, random).value();
  EXPECT_TRUE(find(FleetCredentials({"north"}), visitor.username).empty());
  EXPECT_NE(visitor.username.substr(visitor.username.rfind(':') + 2, 8),
            username.substr(username.size() - 8));
}

TEST(FleetCredentials, what_is_changed_in_a_name_changes_the_password) {
  const FleetCredentials fleet({"north"});
  const auto [username, password] = fleet.mint("PA_1", kExpiry).value();
  for (std::size_t at = 0; at < username.size(); ++at) {
    std::string other = username;
    other[at] = other[at] == '1' ? '2' : '1';
    for (const auto& found : find(fleet, other)) EXPECT_NE(found.password, password) << other;
  }
}

TEST(FleetCredentials, other_names_are_nobodys_and_no_reason_to_name_a_key) {
  const FleetCredentials fleet({"north"});
  const std::string end = fleet.mint("a", 1)->username.substr(9);
  ASSERT_EQ(find(fleet, "fleet:1:a" + end).size(), 1U);
  for (const std::string& name :
       {std::string(), std::string("fleet:"), "fleet:1:" + end, "fleet:x:a" + end, "fleet:1:a" + end + "0",
        "fleet:1:a:x" + end.substr(2), "Fleet:1:a" + end, std::string("alice")}) {
    EXPECT_TRUE(find(fleet, name).empty()) << name;
    EXPECT_TRUE(fleet.knows_key_of(name)) << name;
  }
}

TEST(FleetCredentials, none_is_made_that_nobody_could_send_or_read_CRED_06) {
  const FleetCredentials fleet({"", "north"});
  EXPECT_TRUE(fleet.mint("a", 1)) << "an empty secret is none";
  EXPECT_FALSE(fleet.mint("", kExpiry));
  EXPECT_FALSE(fleet.mint("a", 0));
  EXPECT_FALSE(fleet.mint("a", -1));
  const std::size_t around = fleet.mint("a", kExpiry)->username.size() - 1;
  EXPECT_TRUE(fleet.mint(std::string(kUsernameSizeMax - around, 'a'), kExpiry));
  EXPECT_FALSE(fleet.mint(std::string(kUsernameSizeMax - around + 1, 'a'), kExpiry));
  EXPECT_FALSE(FleetCredentials({""}).mint("a", kExpiry));
  EXPECT_TRUE(FleetCredentials().empty());
}

}  // namespace
}  // namespace turnpike::auth
