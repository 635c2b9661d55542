// Derived credentials (TURN REST draft, LiveKit's embedded TURN) as the TURN rules treat them.
#include "rfc/test_client.hpp"
#include "turnpike/auth/rest_secret.hpp"
#include "turnpike/auth/user_list.hpp"
#include "turnpike/livekit/embedded_credentials.hpp"

namespace turnpike::test {
namespace {

constexpr UnixSeconds kStart = 1'700'000'000;  // the world's clock

WorldOptions with(std::shared_ptr<const turn::CredentialSource> source) {
  WorldOptions options;
  options.credentials = std::move(source);
  return options;
}

Login rest(UnixSeconds expiry, const std::string& user_id, std::string_view secret = "north") {
  const std::string name = std::to_string(expiry) + (user_id.empty() ? "" : ":" + user_id);
  return {name, auth::rest_password(secret, name)};
}

Login livekit(UnixSeconds expiry, std::string_view sid) {
  return {livekit::embedded_username("APIkey", sid, expiry),
          livekit::embedded_password("secret", sid, expiry)};
}

TEST(Credentials, rest_credentials_allocate_until_they_expire_CRED_01_CRED_02_CRED_03) {
  World world(with(std::make_shared<auth::RestSecrets>(std::vector<std::string>{"north", "south"})));
  const struct {
    const char* name;
    Login login;
    int code;
  } cases[] = {
      {"newest secret", rest(kStart + 600, "alice"), 0},
      {"older secret", rest(kStart + 600, "alice", "south"), 0},
      {"no user id", rest(kStart + 600, ""), 0},
      {"a secret of nobody's", rest(kStart + 600, "alice", "east"), 401},
      {"expired", rest(kStart, "alice"), 401},
      {"not a number", {"soon:alice", auth::rest_password("north", "soon:alice")}, 401},
      {"another name", {std::to_string(kStart + 601) + ":alice", rest(kStart + 600, "alice").password}, 401},
  };
  int port = 1;
  for (const auto& [name, login, code] : cases) {
    for (const auto mode : {Login::Mode::sha256, Login::Mode::md5}) {
      TestClient client(world, "198.51.100.1:" + std::to_string(port++),
                        {login.username, login.password, mode});
      EXPECT_EQ(client.allocate().code(), code) << name;
      if (code != 0) {
        EXPECT_EQ(client.nonce().substr(0, 13), "obMatJos2gAAA");  // AUTH-25: derived names have no index
      }
    }
  }
}

TEST(Credentials, a_name_that_would_hold_for_longer_than_the_server_allows_is_refused_CRED_02) {
  constexpr std::int64_t kTtlMax_s = 2'592'000;
  World world(with(std::make_shared<auth::RestSecrets>(std::vector<std::string>{"north"},
                                                       auth::RestNames{.ttl_max_s = kTtlMax_s})));
  const struct {
    const char* name;
    UnixSeconds expiry;
    int code;
  } cases[] = {
      {"the furthest", kStart + kTtlMax_s, 0},
      {"one second more", kStart + kTtlMax_s + 1, 401},
      {"milliseconds", (kStart + 600) * 1000, 401},
      {"for ever", INT64_MAX, 401},
  };
  int port = 1;
  for (const auto& [name, expiry, code] : cases) {
    TestClient client(world, "198.51.100.1:" + std::to_string(port++), rest(expiry, "alice"));
    EXPECT_EQ(client.allocate().code(), code) << name;
  }
}

TEST(Credentials, a_name_with_its_expiry_behind_the_user_allocates_CRED_01) {
  World world(with(std::make_shared<auth::RestSecrets>(std::vector<std::string>{"north"})));
  const std::string name = "alice:" + std::to_string(kStart + 600);
  EXPECT_EQ(TestClient(world, "198.51.100.1:1", {name, auth::rest_password("north", name)}).allocate().code(),
            0);
  const std::string late = "alice:" + std::to_string(kStart);
  EXPECT_EQ(TestClient(world, "198.51.100.1:2", {late, auth::rest_password("north", late)}).allocate().code(),
            401);
}

// What LiveKit does at a reconnect: the same participant with a newer name.
TEST(Credentials, one_participant_is_one_user_whatever_the_stamp_in_the_name_CRED_04_CRED_05_S30) {
  const auto livekit_keys =
      std::make_shared<livekit::EmbeddedCredentials>(auth::Secrets{{"APIkey", "secret"}});
  const auto rest_secrets = std::make_shared<auth::RestSecrets>(std::vector<std::string>{"north"});
  const struct {
    std::shared_ptr<const turn::CredentialSource> source;
    Login old_name, new_name, other;
  } cases[] = {
      {livekit_keys, livekit(kStart + 100, "PA_1"), livekit(kStart + 900, "PA_1"),
       livekit(kStart + 900, "PA_2")},
      {rest_secrets, rest(kStart + 100, "alice"), rest(kStart + 900, "alice"), rest(kStart + 900, "bob")},
  };
  for (const auto& [source, old_name, new_name, other_name] : cases) {
    WorldOptions options = with(source);
    options.allocations_per_user_max = 2;
    World world(options);
    TestClient old(world, "198.51.100.1:1", old_name);
    TestClient same(world, "198.51.100.1:1", new_name);
    TestClient other(world, "198.51.100.1:1", other_name);
    ASSERT_EQ(old.allocate().code(), 0);
    world.advance(seconds(200));
    EXPECT_EQ(same.refresh().code(), 0);
    EXPECT_EQ(same.bind(0x4000, "20.0.2.1:5000").code(), 0);
    EXPECT_EQ(other.refresh({lifetime(0)}).code(), 441);
    EXPECT_EQ(old.refresh().code(), 0);  // expired, but genuine (AUTH-39)

    TestClient second(world, "198.51.100.1:2", new_name);
    TestClient third(world, "198.51.100.1:3", new_name);
    EXPECT_EQ(second.allocate().code(), 0);
    EXPECT_EQ(third.allocate().code(), 486);
    TestClient others_own(world, "198.51.100.1:4", other_name);
    EXPECT_EQ(others_own.allocate().code(), 0);
  }
}

TEST(Credentials, configured_users_are_found_by_prepared_name_and_by_hash_AUTH_07_AUTH_26) {
  const auto users = std::make_shared<auth::UserList>(auth::Secrets{{"a\u00A0b", "e\u0301"}}, "realm");
  World world(with(users));
  TestClient by_name(world, "198.51.100.1:1", {"a b", "\u00E9"});
  TestClient by_hash(world, "198.51.100.1:2", {"a b", "\u00E9", Login::Mode::userhash});
  EXPECT_TRUE(by_name.nonce().starts_with("obMatJos2wAAA"));
  EXPECT_EQ(by_name.allocate().code(), 0);
  EXPECT_EQ(by_hash.allocate().code(), 0);
}

TEST(Credentials, where_only_an_MD5_key_is_known_clients_are_offered_MD5_alone_AUTH_06_AUTH_09) {
  const std::string key = "0x8493fbc53ba582fb4c044c456bdc40eb";  // of user:realm:pass (RFC 5389 15.4)
  World world(with(std::make_shared<auth::UserList>(auth::Secrets{{"other", "word"}}, "realm",
                                                    auth::Secrets{{"user", key}})));
  TestClient stored(world, "198.51.100.1:1", {"user", "pass", Login::Mode::md5});
  TestClient other(world, "198.51.100.1:2", {"other", "word", Login::Mode::md5});
  TestClient wrong(world, "198.51.100.1:3", {"user", "word", Login::Mode::md5});
  for (TestClient* client : {&stored, &other, &wrong}) {
    const auto challenge = client->ask(request(Method::allocate));
    EXPECT_EQ(challenge.code(), 401);
    EXPECT_FALSE(challenge.has(stun::Attr::password_algorithms));
    EXPECT_TRUE(client->nonce().starts_with("obMatJos2QAA"));  // anonymity, and no algorithms
  }
  EXPECT_EQ(stored.allocate().code(), 0);
  EXPECT_EQ(other.allocate().code(), 0);
  EXPECT_EQ(wrong.allocate().code(), 401);
}

TEST(Credentials, without_any_source_every_allocate_is_refused) {
  World world(with(std::make_shared<auth::UserList>(auth::Secrets{}, "realm")));
  TestClient client(world);
  EXPECT_EQ(client.allocate().code(), 401);
  EXPECT_EQ(client.ask(request(Method::binding)).code(), 0);
}

TEST(Credentials, a_name_is_data_wherever_it_goes_S20) {
  const std::string name = "%s%x%n{}{0}\n\x1b[31m'; --";
  World world({.users = {{name, "pass", name, {}}}});
  TestClient client(world, "198.51.100.1:1", {name, "pass"});
  ASSERT_EQ(client.allocate().code(), 0);
  EXPECT_EQ(world.take_log<turn::AllocationStarted>().at(0).user_id, name);
  EXPECT_EQ(world.server().revoke(name, world.now()), 1U);
  world.drain();
}

}  // namespace
}  // namespace turnpike::test
