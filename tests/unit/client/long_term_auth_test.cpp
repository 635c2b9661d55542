// Challenges in, signed requests out.
#include "turnpike/client/long_term_auth.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "server_answers.hpp"

namespace turnpike::client {
namespace {

using stun::Attr;
using stun::PasswordAlgorithm;
using test::Buffer;

Buffer empty_request() {
  Buffer buffer(stun::kHeaderSize);
  stun::MessageBuilder(buffer, stun::Method::allocate, stun::Class::request, {});
  return buffer;
}

Buffer unauthenticated(std::string_view nonce, std::span<const PasswordAlgorithm> algorithms,
                       std::string_view realm = "realm") {
  return test::challenge(empty_request(), stun::ErrorCode::unauthenticated, nonce, algorithms, realm);
}

struct Signed {
  Buffer bytes;
  Signature signature;
};

Signed sign(const LongTermAuth& auth) {
  Signed result{Buffer(stun::kHeaderSize + auth.size_max()), {}};
  stun::MessageBuilder message(result.bytes, stun::Method::allocate, stun::Class::request, {});
  result.signature = auth.sign(message);
  EXPECT_FALSE(message.overflowed());
  result.bytes.resize(message.bytes().size());
  return result;
}

TEST(LongTermAuth, answers_a_challenge_with_what_the_server_offers) {
  constexpr PasswordAlgorithm kMd5[] = {PasswordAlgorithm::md5};
  constexpr PasswordAlgorithm kUnknownAndSha256[] = {static_cast<PasswordAlgorithm>(77),
                                                     PasswordAlgorithm::sha256};
  struct {
    const char* name;
    std::string_view nonce;
    std::span<const PasswordAlgorithm> offered;
    bool legacy;
    Signature signature;
    std::vector<Attr> expected;
  } const table[] = {
      {"a server of RFC 5389",
       test::kPlainNonce,
       {},
       false,
       {test::md5_key(), false},
       {Attr::username, Attr::realm, Attr::nonce}},
      {"SHA-256 although MD5 is first",
       test::kSha256Nonce,
       test::kBoth,
       false,
       {test::sha256_key(), true},
       {Attr::username, Attr::realm, Attr::nonce, Attr::password_algorithms, Attr::password_algorithm}},
      {"an unknown algorithm is passed over",
       test::kSha256Nonce,
       kUnknownAndSha256,
       false,
       {test::sha256_key(), true},
       {Attr::username, Attr::realm, Attr::nonce, Attr::password_algorithms, Attr::password_algorithm}},
      {"MD5 alone",
       test::kSha256Nonce,
       kMd5,
       false,
       {test::md5_key(), true},
       {Attr::username, Attr::realm, Attr::nonce, Attr::password_algorithms, Attr::password_algorithm}},
      {"user name anonymity",
       test::kAnonymousNonce,
       test::kBoth,
       false,
       {test::sha256_key(), true},
       {Attr::userhash, Attr::realm, Attr::nonce, Attr::password_algorithms, Attr::password_algorithm}},
      {"a legacy client",
       test::kAnonymousNonce,
       test::kBoth,
       true,
       {test::md5_key(), false},
       {Attr::username, Attr::realm, Attr::nonce}},
  };
  for (const auto& row : table) {
    LongTermAuth auth("user", "pass", row.legacy);
    ASSERT_TRUE(auth.take_challenge(test::view(unauthenticated(row.nonce, row.offered)))) << row.name;
    const Signed request = sign(auth);
    EXPECT_EQ(request.signature, row.signature) << row.name;
    std::vector<Attr> types;
    test::view(request.bytes).for_each([&](const stun::Attribute& attribute) {
      types.push_back(attribute.type);
    });
    EXPECT_EQ(types, row.expected) << row.name;
    EXPECT_TRUE(is_verified(test::view(request.bytes), row.signature)) << row.name;
    EXPECT_EQ(test::view(request.bytes).integrity_sha256_at() != 0, row.signature.sha256) << row.name;
  }
}

TEST(LongTermAuth, sends_the_offered_algorithms_back_as_they_came) {
  LongTermAuth auth("user", "pass", false);
  const Buffer response = unauthenticated(test::kSha256Nonce, test::kBoth);
  ASSERT_TRUE(auth.take_challenge(test::view(response)));
  const Buffer request = sign(auth).bytes;
  const Bytes offered = *test::view(response).find(Attr::password_algorithms);
  EXPECT_TRUE(std::ranges::equal(*test::view(request).find(Attr::password_algorithms), offered));
}

TEST(LongTermAuth, gives_up_on_a_challenge_that_it_must_not_or_cannot_follow) {
  constexpr PasswordAlgorithm kUnknown[] = {static_cast<PasswordAlgorithm>(77)};
  const std::string too_long(764, 'n');
  struct {
    const char* name;
    const char* username;
    Buffer response;
  } const table[] = {
      {"the list that the nonce promises was removed", "user", unauthenticated(test::kSha256Nonce, {})},
      {"no common algorithm", "user", unauthenticated(test::kSha256Nonce, kUnknown)},
      {"no nonce", "user", unauthenticated("", {})},
      {"no realm", "user", unauthenticated(test::kPlainNonce, {}, "")},
      {"a nonce longer than allowed", "user", unauthenticated(too_long, {})},
      {"no user name to give", "", unauthenticated(test::kPlainNonce, {})},
  };
  for (const auto& row : table) {
    LongTermAuth auth(row.username, "pass", false);
    EXPECT_FALSE(auth.take_challenge(test::view(row.response))) << row.name;
    EXPECT_FALSE(auth.is_ready()) << row.name;
  }
}

TEST(LongTermAuth, the_key_leaves_out_quotes_and_trailing_nulls_of_the_realm) {
  for (const std::string_view realm : {std::string_view("\"realm\""), std::string_view("realm\0", 6),
                                       std::string_view("\"realm\"\0\0", 9)}) {
    LongTermAuth auth("user", "pass", false);
    ASSERT_TRUE(auth.take_challenge(test::view(unauthenticated(test::kPlainNonce, {}, realm))));
    EXPECT_EQ(sign(auth).signature.key, test::md5_key()) << realm;
  }
}

TEST(LongTermAuth, tells_another_realm_from_the_same) {
  LongTermAuth auth("user", "pass", false);
  ASSERT_TRUE(auth.take_challenge(test::view(unauthenticated(test::kPlainNonce, {}))));
  EXPECT_FALSE(auth.is_other_realm(test::view(unauthenticated(test::kPlainNonce, {}))));
  EXPECT_TRUE(auth.is_other_realm(test::view(unauthenticated(test::kPlainNonce, {}, "elsewhere"))));
}

TEST(LongTermAuth, takes_no_sha1_answer_to_a_sha256_request) {
  const stun::Key key = test::sha256_key();
  const Buffer sha1 =
      test::answer(empty_request(), stun::Class::success, [&](auto& m) { m.add_integrity_sha1(key.view()); });
  EXPECT_TRUE(is_verified(test::view(sha1), {key, false}));
  EXPECT_FALSE(is_verified(test::view(sha1), {key, true}));
}

TEST(LongTermAuth, sees_a_response_whose_nonce_promises_what_is_missing) {
  EXPECT_TRUE(is_bid_down(test::view(unauthenticated(test::kSha256Nonce, {}))));
  EXPECT_FALSE(is_bid_down(test::view(unauthenticated(test::kSha256Nonce, test::kBoth))));
  EXPECT_FALSE(is_bid_down(test::view(unauthenticated(test::kPlainNonce, {}))));
  EXPECT_FALSE(is_bid_down(test::view(unauthenticated("obMatJos2gA", {})))) << "the cookie is cut short";
}

}  // namespace
}  // namespace turnpike::client
