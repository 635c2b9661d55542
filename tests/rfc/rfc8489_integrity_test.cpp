// RFC 8489 sections 9.2.4 and 14.5 to 14.7: which integrity attribute counts, and how responses are signed.
#include "rfc/test_client.hpp"
#include "turnpike/crypto/hmac.hpp"
#include "vectors.hpp"

namespace turnpike::test {
namespace {

Attribute sha1(const stun::Key& key) {
  return [=](stun::MessageBuilder& builder) { builder.add_integrity_sha1(key.view()); };
}
Attribute sha256(const stun::Key& key) {
  return [=](stun::MessageBuilder& builder) { builder.add_integrity_sha256(key.view()); };
}

// The right HMAC-SHA256 for a Length that counts `size` bytes of it, cut or filled up to that size.
Attribute sha256_of_size(const stun::Key& key, std::size_t size) {
  return [=](stun::MessageBuilder& builder) {
    Buffer covered = copy(builder.bytes());
    store_be16(&covered[2],
               static_cast<std::uint16_t>(covered.size() - stun::kHeaderSize + 4 + padded4(size)));
    Buffer value = copy(crypto::hmac_sha256(key.view(), covered));
    value.resize(size);
    builder.add(Attr::message_integrity_sha256, value);
  };
}

// An Allocate whose integrity attributes, and what is behind them, are given.
Answer allocate_with(TestClient& client, const Attributes& integrity,
                     const Attributes& attributes = {transport(17)}) {
  Signing unsigned_yet = client.signing();
  unsigned_yet.sha1 = unsigned_yet.sha256 = false;
  return client.ask(
      message(Method::allocate, stun::Class::request, next_id(), attributes, &unsigned_yet, integrity));
}

TEST(Rfc8489Integrity, sha256_has_its_full_length_INT_03) {
  World world;
  TestClient client(world);
  for (const std::size_t size : {0, 12, 16, 20, 28, 33, 36}) {
    EXPECT_EQ(allocate_with(client, {sha256_of_size(client.key(), size)}).code(), 401) << size;
  }
  EXPECT_EQ(allocate_with(client, {sha256_of_size(client.key(), 32)}).code(), 0);
}

TEST(Rfc8489Integrity, what_stands_behind_the_integrity_attribute_has_no_effect_INT_04_INT_05_S15) {
  for (const bool with_sha256 : {false, true}) {
    World world;
    TestClient client(world);
    const Attribute sign = with_sha256 ? sha256(client.key()) : sha1(client.key());
    const Attributes behind{sign, lifetime(3000), even_port(true), raw(0x7F01, {}), fingerprint()};
    const Answer allocated = allocate_with(client, behind, {transport(17), lifetime(1200)});
    EXPECT_EQ(allocated.lifetime_s(), 1200U);
    EXPECT_FALSE(allocated.token());

    Signing unsigned_yet = client.signing();
    unsigned_yet.sha1 = unsigned_yet.sha256 = false;
    const auto ask = [&](Method method, const Attributes& attributes, const Attribute& appended) {
      return client.ask(message(method, stun::Class::request, next_id(), attributes, &unsigned_yet,
                                {sign, appended, fingerprint()}));
    };
    EXPECT_EQ(ask(Method::refresh, {}, lifetime(0)).lifetime_s(), 600U);
    EXPECT_EQ(ask(Method::create_permission, {peer("20.0.2.1:1")}, peer("20.0.2.2:1")).code(), 0);
    EXPECT_EQ(world.routes().size(), 1U);
    EXPECT_EQ(ask(Method::create_permission, {}, peer("20.0.2.2:1")).code(), 400);
  }
}

TEST(Rfc8489Integrity, only_the_sha256_one_is_checked_where_both_are_INT_06_INT_08) {
  const stun::Key wrong = stun::long_term_key(stun::PasswordAlgorithm::sha256, "user", "realm", "wrong");
  const struct {
    const char* name;
    bool sha1_right, sha256_right, sha256_first;
    int code;
  } cases[] = {
      {"both right", true, true, false, 0},
      {"only SHA-256 right", false, true, false, 0},
      {"only SHA-1 right", true, false, false, 401},
      {"SHA-256 first and right", false, true, true, 0},
      {"SHA-256 first and wrong", true, false, true, 401},
  };
  for (const auto& [name, sha1_right, sha256_right, sha256_first, code] : cases) {
    World world;
    TestClient client(world);
    Attributes integrity{sha1(sha1_right ? client.key() : wrong),
                         sha256(sha256_right ? client.key() : wrong)};
    if (sha256_first) std::swap(integrity[0], integrity[1]);
    EXPECT_EQ(allocate_with(client, integrity).code(), code) << name;
  }
}

TEST(Rfc8489Integrity, a_response_has_a_fingerprint_where_the_request_had_one_INT_11_INT_13) {
  World world;
  TestClient client(world);
  for (const bool with : {false, true}) {
    const Attributes after = with ? Attributes{fingerprint()} : Attributes{};
    EXPECT_EQ(client.ask(request(Method::binding, after)).has(Attr::fingerprint), with);
    EXPECT_EQ(client.ask(request(Method::allocate, after)).has(Attr::fingerprint), with);
    const Answer signed_answer = allocate_with(client, Attributes{sha256(client.key())} + after);
    EXPECT_EQ(signed_answer.has(Attr::fingerprint), with);
    EXPECT_NE(signed_answer.how_signed(client.key()), Signed::wrongly);
  }
}

TEST(Rfc8489Integrity, a_wrong_fingerprint_is_silence_INT_10) {
  World world;
  TestClient client(world);
  Buffer packet = request(Method::binding, {fingerprint()});
  packet.back() ^= 1;
  EXPECT_FALSE(client.ask(packet).came());
}

TEST(Rfc8489Integrity, with_password_algorithm_the_response_is_signed_with_sha256_INT_15) {
  World world;
  TestClient sha1_under_sha256_key(world, "198.51.100.1:1");
  EXPECT_EQ(allocate_with(sha1_under_sha256_key, {sha1(sha1_under_sha256_key.key())})
                .how_signed(sha1_under_sha256_key.key()),
            Signed::sha256);

  TestClient chooses_md5(world, "198.51.100.1:2", kMd5);
  for (const bool with_sha256 : {false, true}) {
    Signing signing = chooses_md5.signing();
    signing.algorithms = kAlgorithmList;
    signing.algorithm = kMd5Choice;
    signing.sha1 = !with_sha256;
    signing.sha256 = with_sha256;
    EXPECT_EQ(chooses_md5.ask(chooses_md5.make(Method::allocate, {transport(17)}, signing))
                  .how_signed(chooses_md5.key()),
              Signed::sha256);
  }
}

TEST(Rfc8489Integrity, without_password_algorithm_it_is_md5_and_sha1_INT_16_AUTH_09) {
  World world;
  TestClient client(world, "198.51.100.1:1", kMd5);
  const Answer answer = client.allocate();
  EXPECT_EQ(answer.code(), 0);
  EXPECT_EQ(answer.how_signed(client.key()), Signed::sha1);
  EXPECT_FALSE(answer.has(Attr::message_integrity_sha256));
}

TEST(Rfc8489Integrity, signed_responses_do_not_repeat_the_credentials_INT_17) {
  World world;
  TestClient client(world);
  const Answer answers[] = {client.allocate(),
                            client.refresh(),
                            client.permit("20.0.2.1:1"),
                            client.bind(0x4000, "20.0.2.1:1"),
                            client.bind(0x5000, "20.0.2.1:1"),
                            client.allocate()};
  for (const Answer& answer : answers) {
    ASSERT_TRUE(answer.came());
    for (const Attr type :
         {Attr::username, Attr::userhash, Attr::realm, Attr::nonce, Attr::password_algorithms}) {
      EXPECT_FALSE(answer.has(type));
    }
  }
}

// One request for each refusal that comes after authentication.
TEST(Rfc8489Integrity, every_answer_after_authentication_is_signed_INT_18_ERR_06) {
  const auto codes_of = [](Login login) {
    World world({.addresses = {ip("203.0.113.1")}, .ports = {50000, 50001}, .allocations_per_user_max = 2});
    TestClient client(world, "198.51.100.1:1", login);
    TestClient stranger(world, "198.51.100.1:1", {"user2", "pass2", login.mode});
    TestClient next(world, "198.51.100.1:2", login);
    TestClient other_user(world, "198.51.100.1:3", {"user2", "pass2", login.mode});
    std::vector<std::pair<Answer, stun::Key>> answers;
    const auto note = [&](TestClient& from, Answer answer) {
      answers.emplace_back(std::move(answer), from.key());
    };
    note(client, client.refresh());                                  // 437
    note(client, client.request(Method::allocate, {}));              // 400
    note(client, client.allocate({raw(0x7F01, {})}));                // 420
    note(client, client.request(Method::allocate, {transport(6)}));  // 442
    note(client, client.allocate({family(2)}));                      // 440
    world.outcomes = {kNotPermitted};
    note(client, client.allocate());                   // 500
    world.advance(seconds(30));                        // its port has rested
    note(client, client.allocate());                   // success
    note(client, client.allocate());                   // 437
    note(stranger, stranger.refresh());                // 441
    note(client, client.permit("127.0.0.1:1"));        // 403
    note(client, client.permit("[2a00:db8:9::1]:1"));  // 443
    note(next, next.allocate());                       // success
    note(next, next.allocate());                       // 437
    TestClient third(world, "198.51.100.1:4", login);
    note(third, third.allocate());            // 486
    note(other_user, other_user.allocate());  // 508
    std::set<int> codes;
    for (const auto& [answer, key] : answers) {
      codes.insert(answer.code());
      EXPECT_EQ(answer.how_signed(key), login.mode == Login::Mode::md5 ? Signed::sha1 : Signed::sha256)
          << answer.code();
    }
    return codes;
  };
  const std::set<int> expected{0, 400, 403, 420, 437, 440, 441, 442, 443, 486, 500, 508};
  EXPECT_EQ(codes_of({}), expected);
  EXPECT_EQ(codes_of(kMd5), expected);
}

TEST(Rfc8489Integrity, an_ice_check_sent_to_the_server_is_a_binding_like_any_other_INT_19_AUTH_37) {
  World world;
  TestClient client(world);
  const Answer answer = client.ask(load_vector("rfc5769-2.1-request").bytes);
  EXPECT_EQ(answer.code(), 0);
  EXPECT_EQ(answer.mapped(), client.address());
  EXPECT_EQ(answer.types(), (std::vector{Attr::xor_mapped_address, Attr::fingerprint}));
}

}  // namespace
}  // namespace turnpike::test
