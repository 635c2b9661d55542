// Several sources together.
#include "turnpike/auth/source_set.hpp"

#include <gtest/gtest.h>

#include "turnpike/auth/rest_secret.hpp"
#include "turnpike/auth/user_list.hpp"
#include "turnpike/stun/integrity.hpp"

namespace turnpike::auth {
namespace {

using Sources = std::vector<std::shared_ptr<const turn::CredentialSource>>;

const auto kUsers =
    std::make_shared<UserList>(Secrets{{"user", "pass"}, {"1700000000:user", "pass"}}, "realm");
const auto kNoUsers = std::make_shared<UserList>(Secrets{}, "realm");
const auto kRest = std::make_shared<RestSecrets>(std::vector<std::string>{"new", "old"});
const auto kNoRest = std::make_shared<RestSecrets>(std::vector<std::string>{});

// Knows one name, and nobody by its hash. Another name was made with a key that it does not know.
struct OneName final : turn::CredentialSource {
  void find(std::string_view username, std::vector<turn::Credential>& out) const override {
    if (username == "derived") out.push_back({"derived", "password", "somebody", 4000000000});
  }
  void find_userhash(Bytes, std::vector<turn::Credential>&) const override {}
  bool knows_key_of(std::string_view username) const override { return username != "of another key"; }
  bool supports_userhash() const override { return false; }
  bool empty() const override { return false; }
};
const auto kDerived = std::make_shared<OneName>();

std::vector<std::string> passwords(const SourceSet& set, std::string_view username) {
  std::vector<turn::Credential> found;
  set.find(username, found);
  std::vector<std::string> all;
  for (const auto& credential : found) all.push_back(credential.password);
  return all;
}

TEST(SourceSet, asks_every_source) {
  using Passwords = std::vector<std::string>;
  const SourceSet set(Sources{kUsers, kRest, kDerived});
  EXPECT_EQ(passwords(set, "user"), Passwords{"pass"});
  EXPECT_EQ(passwords(set, "1700000000:a"),
            (Passwords{rest_password("new", "1700000000:a"), rest_password("old", "1700000000:a")}));
  EXPECT_EQ(passwords(set, "derived"), Passwords{"password"});
  EXPECT_EQ(passwords(set, "nobody"), Passwords{});
}

TEST(SourceSet, a_name_known_to_several_gives_the_credentials_of_all_in_order) {
  const auto found = passwords(SourceSet(Sources{kUsers, kRest}), "1700000000:user");
  ASSERT_EQ(found.size(), 3U);
  EXPECT_EQ(found[0], "pass");
  EXPECT_EQ(found[1], rest_password("new", "1700000000:user"));
}

TEST(SourceSet, a_key_is_unknown_if_one_source_says_so) {
  EXPECT_FALSE(SourceSet(Sources{kUsers, kDerived, kRest}).knows_key_of("of another key"));
  EXPECT_TRUE(SourceSet(Sources{kUsers, kDerived, kRest}).knows_key_of("nobody"));
  EXPECT_TRUE(SourceSet(Sources{kUsers, kRest}).knows_key_of("of another key"));
}

TEST(SourceSet, one_source_with_stored_keys_keeps_all_from_SHA_256) {
  const auto keys = std::make_shared<UserList>(Secrets{}, "realm", Secrets{{"stored", std::string(32, 'a')}});
  EXPECT_TRUE(SourceSet(Sources{kUsers, kRest}).supports_sha256());
  EXPECT_FALSE(SourceSet(Sources{keys, kRest}).supports_sha256());
}

TEST(SourceSet, finds_configured_users_by_hash_AUTH_24) {
  std::vector<turn::Credential> found;
  SourceSet(Sources{kRest, kUsers}).find_userhash(stun::userhash("user", "realm"), found);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].username, "user");
}

TEST(SourceSet, offers_anonymity_only_if_every_user_can_be_found_by_hash_AUTH_07_AUTH_25) {
  struct Case {
    const char* name;
    Sources sources;
    bool supports_userhash;
    bool empty;
  };
  const Case cases[] = {
      {"no source", {}, false, true},
      {"users", {kUsers}, true, false},
      {"users beside empty REST", {kUsers, kNoRest}, true, false},
      {"users and REST", {kUsers, kRest}, false, false},
      {"users and derived names", {kUsers, kDerived}, false, false},
      {"no users beside REST", {kNoUsers, kRest}, false, false},
      {"all empty", {kNoUsers, kNoRest}, false, true},
      {"no users", {kNoUsers}, false, true},
  };
  for (const Case& c : cases) {
    const SourceSet set(c.sources);
    EXPECT_EQ(set.supports_userhash(), c.supports_userhash) << c.name;
    EXPECT_EQ(set.empty(), c.empty) << c.name;
  }
}

}  // namespace
}  // namespace turnpike::auth
