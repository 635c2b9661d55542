// RFC 8489 section 9.2.4: challenges, who signed a request, and what is refused before that is known.
#include <algorithm>
#include <regex>

#include "rfc/test_client.hpp"

namespace turnpike::test {
namespace {

constexpr Method kTurnMethods[] = {Method::allocate, Method::refresh, Method::create_permission,
                                   Method::channel_bind};

// The challenge without its nonce and transaction id.
Buffer without_nonce(const Answer& answer) {
  Buffer bytes = answer.bytes();
  const std::string nonce = answer.string(Attr::nonce);
  const auto at = std::search(bytes.begin(), bytes.end(), nonce.begin(), nonce.end());
  std::fill_n(at, nonce.size(), std::uint8_t{0});
  std::fill_n(bytes.begin() + 8, 12, std::uint8_t{0});
  return bytes;
}

void expect_challenge(const Answer& answer, int code) {
  EXPECT_EQ(answer.code(), code);
  EXPECT_EQ(answer.types(),
            (std::vector{Attr::error_code, Attr::realm, Attr::nonce, Attr::password_algorithms}));
}

void expect_bare(const Answer& answer, int code) {
  EXPECT_EQ(answer.code(), code);
  EXPECT_EQ(answer.types(), std::vector{Attr::error_code});
}

Answer allocate_with(TestClient& client, const Signing& signing) {
  return client.ask(client.make(Method::allocate, {transport(17)}, signing));
}

TEST(Rfc8489Authentication,
     every_turn_request_without_integrity_is_challenged_AUTH_01_AUTH_02_TURN_ALLOC_01) {
  World world;
  TestClient client(world);
  for (const bool with_allocation : {false, true}) {
    if (with_allocation) {
      ASSERT_EQ(client.allocate().code(), 0);
    }
    for (const Method method : kTurnMethods) {
      Signing signing = client.signing();
      signing.sha256 = false;
      expect_challenge(client.ask(client.make(method, {lifetime(0)}, signing)), 401);
      expect_challenge(client.ask(request(method, {lifetime(0)})), 401);
    }
  }
  EXPECT_EQ(world.server().allocation_count(), 1U);
}

TEST(Rfc8489Authentication, every_source_gets_a_nonce_of_its_own_AUTH_03_AUTH_05) {
  World world;
  const std::regex form("obMatJos2wAAA[A-Za-z0-9+/]+");
  std::set<std::string> nonces;
  for (int i = 0; i < 1000; ++i) {
    TestClient client(world, (i < 500 ? "198.51.100.1:" : "[2a00:db8:7::1]:") + std::to_string(1024 + i));
    EXPECT_TRUE(std::regex_match(client.nonce(), form)) << client.nonce();
    nonces.insert(client.nonce());
  }
  EXPECT_EQ(nonces.size(), 1000U);
}

TEST(Rfc8489Authentication, a_nonce_of_another_port_or_address_is_stale_AUTH_04) {
  World world;
  TestClient first(world, "198.51.100.1:1");
  for (const auto* elsewhere : {"198.51.100.1:2", "198.51.100.2:1"}) {
    TestClient second(world, elsewhere);
    const Answer answer = allocate_with(second, first.signing());
    expect_challenge(answer, 438);
    second.learn(answer);
    EXPECT_EQ(allocate_with(second, second.signing()).code(), 0);
  }
}

TEST(Rfc8489Authentication, a_nonce_of_a_server_is_good_on_every_other_one_with_its_secret_AUTH_04_AUTH_36) {
  World one({.fleet_secrets = {"north"}}), other({.fleet_secrets = {"north"}, .seed = 2});
  other.step_wall_clock(seconds(-30));
  TestClient here(one), there(other), elsewhere(other, "198.51.100.1:2");
  EXPECT_EQ(allocate_with(there, here.signing()).code(), 0);
  expect_challenge(allocate_with(elsewhere, here.signing()), 438);
}

TEST(Rfc8489Authentication, a_nonce_of_a_server_with_another_secret_costs_one_438_AUTH_17) {
  const std::vector<std::string> secrets[] = {{}, {"new"}, {"old"}};
  for (const auto& makes : secrets) {
    for (const auto& checks : secrets) {
      if (makes == checks) continue;
      World one({.fleet_secrets = makes}), other({.fleet_secrets = checks, .seed = 2});
      TestClient here(one), there(other);
      const Answer answer = allocate_with(there, here.signing());
      expect_challenge(answer, 438);
      there.learn(answer);
      EXPECT_EQ(allocate_with(there, there.signing()).code(), 0);
    }
  }
}

TEST(Rfc8489Authentication, a_nonce_of_the_far_future_is_stale_and_its_438_is_signed_AUTH_17_AUTH_19) {
  World one({.fleet_secrets = {"north"}}), other({.fleet_secrets = {"north"}, .seed = 2});
  one.step_wall_clock(seconds(31));
  TestClient here(one), there(other);
  const Answer answer = allocate_with(there, here.signing());
  EXPECT_EQ(answer.code(), 438);
  EXPECT_TRUE(answer.has(Attr::message_integrity_sha256));
}

TEST(Rfc8489Authentication, a_change_of_secrets_refuses_nobody_AUTH_21) {
  World world;
  TestClient client(world);
  ASSERT_EQ(client.allocate().code(), 0);
  for (const std::vector<std::string>& secrets : {std::vector<std::string>{"first"},
                                                  {"second", "first"},
                                                  {"second"},
                                                  {"second", "third"},
                                                  {"third", "second"}}) {
    const Signing before = client.signing();
    WorldOptions options = world.options();
    options.fleet_secrets = secrets;
    world.reload(options);
    EXPECT_EQ(client.ask(client.make(Method::refresh, {}, before)).code(), 0) << secrets.front();
    client.learn(client.ask(request(Method::refresh, {})));  // a challenge by the secret of now
  }
}

TEST(Rfc8489Authentication, the_nonce_says_what_is_offered_AUTH_06_AUTH_07_AUTH_25_AUTH_34) {
  for (const bool by_hash : {false, true}) {
    World world({.userhash = by_hash});
    TestClient client(world);
    const Answer challenge = client.ask(request(Method::allocate));
    EXPECT_TRUE(challenge.string(Attr::nonce).starts_with(by_hash ? "obMatJos2wAAA" : "obMatJos2gAAA"));
    EXPECT_EQ(text(challenge.string(Attr::password_algorithms)), kAlgorithmList);  // SHA-256 first
    EXPECT_EQ(challenge.string(Attr::realm), "realm");
  }
}

TEST(Rfc8489Authentication, integrity_without_the_other_attributes_is_a_bare_400_AUTH_08) {
  World world;
  TestClient client(world);
  for (const auto missing : {&Signing::username, &Signing::realm, &Signing::nonce}) {
    for (const Method method : kTurnMethods) {
      Signing signing = client.signing();
      signing.*missing = std::nullopt;
      expect_bare(client.ask(client.make(method, {}, signing)), 400);
    }
  }
  Signing signing = client.signing();
  signing.username = std::nullopt;
  for (const std::size_t size : {0, 31, 33}) {
    signing.userhash = Buffer(size);
    expect_bare(allocate_with(client, signing), 400);
  }
}

TEST(Rfc8489Authentication, the_algorithms_must_be_those_offered_AUTH_09_AUTH_10_AUTH_11_AUTH_12) {
  const std::optional<Buffer> none;
  const struct {
    const char* name;
    std::optional<Buffer> list, choice;
    stun::PasswordAlgorithm key;
    int code;
  } cases[] = {
      {"neither: an RFC 5389 client", none, none, stun::PasswordAlgorithm::md5, 0},
      {"SHA-256", kAlgorithmList, kSha256Choice, stun::PasswordAlgorithm::sha256, 0},
      {"MD5 by choice", kAlgorithmList, kMd5Choice, stun::PasswordAlgorithm::md5, 0},
      {"neither, but the key of SHA-256", none, none, stun::PasswordAlgorithm::sha256, 401},
      {"only the list", kAlgorithmList, none, stun::PasswordAlgorithm::md5, 400},
      {"only the choice", none, kSha256Choice, stun::PasswordAlgorithm::sha256, 400},
      {"list reversed", Buffer{0, 1, 0, 0, 0, 2, 0, 0}, kSha256Choice, stun::PasswordAlgorithm::sha256, 400},
      {"one entry removed", Buffer{0, 2, 0, 0}, kSha256Choice, stun::PasswordAlgorithm::sha256, 400},
      {"bid down to MD5", Buffer{0, 1, 0, 0}, kMd5Choice, stun::PasswordAlgorithm::md5, 400},
      {"one entry added", Buffer{0, 2, 0, 0, 0, 1, 0, 0, 0, 3, 0, 0}, kSha256Choice,
       stun::PasswordAlgorithm::sha256, 400},
      {"empty list", Buffer{}, kSha256Choice, stun::PasswordAlgorithm::sha256, 400},
      {"algorithm 3", kAlgorithmList, Buffer{0, 3, 0, 0}, stun::PasswordAlgorithm::sha256, 400},
      {"algorithm 0", kAlgorithmList, Buffer{0, 0, 0, 0}, stun::PasswordAlgorithm::md5, 400},
      {"with parameters", kAlgorithmList, Buffer{0, 2, 0, 4, 1, 2, 3, 4}, stun::PasswordAlgorithm::sha256,
       400},
      {"half a choice", kAlgorithmList, Buffer{0, 2}, stun::PasswordAlgorithm::sha256, 400},
  };
  for (const auto& [name, list, choice, key, code] : cases) {
    World world;
    TestClient client(world);
    Signing signing = client.signing();
    signing.algorithms = list;
    signing.algorithm = choice;
    signing.key = stun::long_term_key(key, "user", "realm", "pass");
    const Answer answer = allocate_with(client, signing);
    EXPECT_EQ(answer.code(), code) << name;
    if (code == 400) expect_bare(answer, 400);
  }
}

TEST(Rfc8489Authentication, refusals_look_alike_whatever_was_wrong_AUTH_14_AUTH_15_AUTH_16_AUTH_30) {
  World world;
  TestClient client(world);
  Signing unknown_user = client.signing();
  unknown_user.username = text("nobody");
  Signing unknown_hash = client.signing();
  unknown_hash.username = std::nullopt;
  unknown_hash.userhash = Buffer(32, 7);
  Signing wrong_password = client.signing();
  wrong_password.key = stun::long_term_key(stun::PasswordAlgorithm::sha256, "user", "realm", "wrong");
  Signing wrong_realm = client.signing();
  wrong_realm.realm = text("Realm");
  wrong_realm.key = stun::long_term_key(stun::PasswordAlgorithm::sha256, "user", "Realm", "pass");
  const Answer first = allocate_with(client, wrong_password);
  expect_challenge(first, 401);
  for (const Signing& signing : {unknown_user, unknown_hash, wrong_realm}) {
    EXPECT_EQ(without_nonce(allocate_with(client, signing)), without_nonce(first));
  }
}

TEST(Rfc8489Authentication,
     after_an_hour_a_nonce_is_stale_and_the_allocation_lives_on_AUTH_17_AUTH_19_AUTH_20_AUTH_21_SEC_10) {
  World world;
  TestClient client(world);
  const Endpoint relay = client.allocate({lifetime(3600)}).relay();
  world.advance(seconds(1800));
  client.refresh({lifetime(3600)});
  world.advance(seconds(1799));
  EXPECT_EQ(client.ask(client.make(Method::refresh, {})).code(), 0);
  world.advance(seconds(1));
  const Answer stale = client.ask(client.make(Method::refresh, {lifetime(0)}));
  EXPECT_EQ(stale.code(), 438);
  EXPECT_EQ(stale.how_signed(client.key()), Signed::sha256);
  EXPECT_TRUE(stale.has(Attr::realm) && stale.has(Attr::nonce) && stale.has(Attr::password_algorithms));
  EXPECT_FALSE(stale.has(Attr::username) || stale.has(Attr::userhash));
  EXPECT_EQ(world.server().allocation_count(), 1U);

  client.learn(stale);
  EXPECT_EQ(client.ask(client.make(Method::refresh, {})).code(), 0);
  EXPECT_TRUE(world.relays().contains(relay));
}

TEST(Rfc8489Authentication,
     of_a_bad_hmac_and_a_bad_nonce_either_is_named_and_forgery_costs_no_lookup_AUTH_18_SEC_14) {
  World world;
  TestClient client(world);
  Signing signing = client.signing();
  signing.key = stun::long_term_key(stun::PasswordAlgorithm::sha256, "user", "realm", "wrong");
  const Buffer old_and_wrong = client.make(Method::allocate, {transport(17)}, signing);
  signing.nonce = text("obMatJos2wAAAforged");
  EXPECT_EQ(allocate_with(client, signing).code(), 438);
  EXPECT_EQ(world.users().lookups, 0);
  world.advance(seconds(3600));
  EXPECT_EQ(client.ask(old_and_wrong).code(), 401);
  EXPECT_EQ(world.users().lookups, 1);
}

TEST(Rfc8489Authentication, md5_sha256_and_userhash_clients_side_by_side_AUTH_22_AUTH_23_AUTH_24_AUTH_33) {
  World world;
  TestClient md5(world, "198.51.100.1:1", kMd5);
  TestClient sha256(world, "198.51.100.1:2");
  TestClient anonymous(world, "198.51.100.1:3", {.mode = Login::Mode::userhash});
  for (TestClient* client : {&md5, &sha256, &anonymous}) {
    EXPECT_EQ(client->allocate().code(), 0);
    EXPECT_EQ(client->bind(0x4000, "20.0.2.1:5000").code(), 0);
    EXPECT_TRUE(client->reaches_on(0x4000, "20.0.2.1:5000"));
  }
}

TEST(Rfc8489Authentication, without_an_index_of_users_a_userhash_is_unknown_AUTH_25) {
  World world({.users = {}, .userhash = false});
  TestClient client(world, "198.51.100.1:3", {.mode = Login::Mode::userhash});
  expect_challenge(client.allocate(), 401);
}

TEST(Rfc8489Authentication, quotes_and_terminators_are_not_part_of_the_strings_AUTH_27) {
  World world;
  TestClient client(world);
  const Signing plain = client.signing();
  const struct {
    std::optional<Buffer> Signing::*attribute;
    std::string value;
  } cases[] = {
      {&Signing::realm, "\"realm\""},
      {&Signing::realm, std::string("realm\0", 6)},
      {&Signing::username, "\"user\""},
      {&Signing::username, std::string("user\0\0", 6)},
      {&Signing::nonce, "\"" + client.nonce() + "\""},
  };
  client.allocate();
  for (const auto& [attribute, value] : cases) {
    Signing signing = plain;
    signing.*attribute = text(value);
    EXPECT_EQ(client.ask(client.make(Method::refresh, {}, signing)).code(), 0) << value;
  }
}

TEST(Rfc8489Authentication, another_user_on_the_5_tuple_is_441_and_changes_nothing_AUTH_28) {
  World world;
  TestClient owner(world);
  const Endpoint relay = owner.allocate({lifetime(3000)}).relay();
  TestClient other(world, "198.51.100.1:4000", kUser2);
  EXPECT_EQ(other.refresh({lifetime(0)}).code(), 441);
  EXPECT_EQ(other.permit("20.0.2.1:5000").code(), 441);
  EXPECT_EQ(other.bind(0x4000, "20.0.2.1:5000").code(), 441);
  EXPECT_TRUE(world.routes().empty());
  world.advance(seconds(2999));
  EXPECT_TRUE(world.relays().contains(relay));
}

TEST(Rfc8489Authentication, name_and_hash_of_one_user_may_alternate_AUTH_29) {
  World world;
  TestClient by_name(world);
  TestClient by_hash(world, "198.51.100.1:4000", {.mode = Login::Mode::userhash});
  TestClient by_md5(world, "198.51.100.1:4000", kMd5);
  EXPECT_EQ(by_name.allocate().code(), 0);
  for (TestClient* client : {&by_hash, &by_md5, &by_name}) EXPECT_EQ(client->refresh().code(), 0);
  EXPECT_EQ(by_hash.refresh({lifetime(0)}).code(), 0);
  EXPECT_EQ(by_hash.allocate().code(), 0);
  EXPECT_EQ(by_name.refresh().code(), 0);
}

TEST(Rfc8489Authentication, integrity_in_an_indication_is_not_checked_AUTH_32) {
  World world;
  TestClient client(world);
  client.allocate();
  client.permit("20.0.2.1:5000");
  const Attributes send{peer("20.0.2.1:5000"), data("hello")};
  client.send(indication(Method::send, send + Attributes{raw(Attr::message_integrity, Buffer(20, 1))}));
  client.send(
      indication(Method::send, send + Attributes{raw(Attr::message_integrity_sha256, Buffer(32, 1))}));
  EXPECT_EQ(world.take_arrived().size(), 2U);
}

TEST(Rfc8489Authentication, no_character_of_a_nonce_can_be_changed_AUTH_35) {
  World world;
  TestClient client(world);
  const Signing plain = client.signing();
  for (std::size_t i = 0; i < plain.nonce->size(); ++i) {
    for (const int flip : {1, 2, 4, 8, 16, 32, 64}) {
      Signing signing = plain;
      (*signing.nonce)[i] = static_cast<std::uint8_t>((*signing.nonce)[i] ^ flip);
      EXPECT_EQ(allocate_with(client, signing).code(), 438) << i;
    }
  }
  EXPECT_EQ(world.server().allocation_count(), 0U);
  EXPECT_EQ(allocate_with(client, plain).code(), 0);
}

TEST(Rfc8489Authentication, strangers_leave_nothing_behind_AUTH_36_RTX_08_S17_S25) {
  World world;
  const turn::Snapshot before = world.server().snapshot();
  const auto counts = world.counts();
  for (int i = 0; i < 2000; ++i) {
    TestClient client(world, "198.51." + std::to_string(i / 200) + "." + std::to_string(i % 200) + ":1024");
    for (const Method method : {Method::binding, Method::allocate, Method::refresh})
      client.ask(request(method, {transport(17)}));
    client.ask(request(Method::allocate, {transport(17), raw(Attr::message_integrity, Buffer(20, 1))}));
    client.ask(request(Method::allocate,
                       {raw(Attr::username, text("user")), raw(Attr::realm, text("realm")),
                        raw(Attr::nonce, text("x")), raw(Attr::message_integrity_sha256, Buffer(32, 1))}));
  }
  EXPECT_EQ(world.server().snapshot(), before);
  EXPECT_EQ(world.counts(), counts);
  EXPECT_FALSE(world.server().next_deadline());
}

TEST(Rfc8489Authentication, an_expired_credential_matters_at_allocate_or_always_AUTH_39) {
  for (const auto check : {turn::CheckExpiry::allocate, turn::CheckExpiry::always}) {
    World world({.users = {{"user", "pass", "user", 1'700'000'300}}, .check_expiry = check});
    TestClient client(world);
    ASSERT_EQ(client.allocate().code(), 0);
    world.advance(seconds(299));
    EXPECT_EQ(client.refresh().code(), 0);
    world.advance(seconds(1));
    const int code = check == turn::CheckExpiry::always ? 401 : 0;
    EXPECT_EQ(client.refresh().code(), code);
    EXPECT_EQ(client.permit("20.0.2.1:5000").code(), code);
    EXPECT_EQ(client.bind(0x4000, "20.0.2.1:5000").code(), code);
    EXPECT_EQ(world.server().allocation_count(), 1U);
    TestClient late(world, "198.51.100.1:2");
    expect_challenge(late.allocate(), 401);
  }
}

TEST(Rfc8489Authentication, the_key_of_the_allocation_works_on_when_the_store_has_another_AUTH_40) {
  World world;
  TestClient before(world);
  ASSERT_EQ(before.allocate().code(), 0);
  WorldOptions changed = world.options();
  changed.users = {{"user", "new", "user", {}}};
  world.reload(changed);
  TestClient after(world, "198.51.100.1:4000", {.password = "new"});
  TestClient wrong(world, "198.51.100.1:4000", {.password = "wrong"});
  EXPECT_EQ(before.refresh().code(), 0);
  EXPECT_EQ(after.refresh().code(), 0);
  EXPECT_EQ(wrong.refresh().code(), 401);
  TestClient elsewhere(world, "198.51.100.1:4001");
  EXPECT_EQ(elsewhere.allocate().code(), 401);
}

TEST(Rfc8489Authentication,
     a_credential_that_a_reload_takes_away_ends_its_allocations_where_that_is_asked_for) {
  for (const bool is_asked_for : {false, true}) {
    World world({.userhash = false});
    TestClient gone(world, "198.51.100.1:1");
    TestClient stays(world, "198.51.100.1:2", {"user2", "pass2"});
    gone.allocate();
    stays.allocate();
    world.take_log<turn::AllocationEnded>();
    WorldOptions changed = world.options();
    changed.users = {{"user", "new", "user", {}}, {"user2", "pass2", "user2", {}}};
    changed.end_unverified = is_asked_for;
    changed.credentials = std::make_shared<Users>(changed.users, "realm", false);
    world.reload(changed);
    const auto ended = world.take_log<turn::AllocationEnded>();
    ASSERT_EQ(ended.size(), is_asked_for ? 1U : 0U);
    if (is_asked_for) {
      EXPECT_EQ(ended[0].user_id, "user");
      EXPECT_EQ(ended[0].reason, turn::EndReason::credential_gone);
    }
    EXPECT_EQ(stays.refresh().code(), 0);
  }
}

}  // namespace
}  // namespace turnpike::test
