// Access tokens: LiveKit's own verdicts, and tokens that somebody made to get in.
#include "turnpike/livekit/access_token.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "turnpike/crypto/hmac.hpp"
#include "turnpike/stun/integrity.hpp"
#include "unit/auth/vectors.hpp"

namespace turnpike::livekit {
namespace {

constexpr UnixSeconds kNow = 1750000000;
const auth::Secrets kSecrets = {{"APIkey", "secret"}, {"APIempty", ""}};

boost::json::object good_claims() {
  return {{"iss", "APIkey"},
          {"sub", "alice"},
          {"exp", kNow + 600},
          {"video", {{"room", "r1"}, {"roomJoin", true}}}};
}

boost::json::object with(std::string_view claim, const boost::json::value& value) {
  boost::json::object claims = good_claims();
  claims[claim] = value;
  return claims;
}

std::string base64url(std::string_view text) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string out;
  for (std::size_t bit = 0; bit < text.size() * 8; bit += 6) {
    unsigned digit = 0;
    for (std::size_t i = bit; i < bit + 6; ++i) {
      digit = digit << 1 |
              (i / 8 < text.size() ? static_cast<std::uint8_t>(text[i / 8]) >> (7 - i % 8) & 1U : 0U);
    }
    out += kAlphabet[digit];
  }
  return out;
}

// Signed properly, whatever header and claims are.
std::string sign(std::string_view header, std::string_view claims, std::string_view secret = "secret") {
  const std::string token = base64url(header) + "." + base64url(claims);
  return token + "." + base64url(as_text(crypto::hmac_sha256(as_bytes(secret), as_bytes(token))));
}

// "" if the token is accepted.
std::string verdict(std::string_view token, UnixSeconds now = kNow) {
  const auto verified = verify_access_token(token, kSecrets, now);
  return verified ? "" : std::string(to_string(verified.error()));
}

std::string verdict(const boost::json::object& claims, UnixSeconds now = kNow) {
  return verdict(sign_access_token(claims, "secret"), now);
}

TEST(AccessToken, every_verdict_is_livekits) {
  const auto vectors = auth::livekit_vectors();
  const auth::Secrets secrets = {
      {std::string(vectors.at("api_key").as_string()), std::string(vectors.at("api_secret").as_string())}};
  const auto& cases = vectors.at("access_tokens").as_array();
  ASSERT_FALSE(cases.empty());
  for (const auto& c : cases) {
    const auto verified = verify_access_token(std::string_view(c.at("token").as_string()), secrets, kNow);
    EXPECT_EQ(verified.has_value(), c.at("livekit_accepts").as_bool()) << c.at("name");
    if (verified) {
      EXPECT_EQ(verified->identity, std::string_view(c.at("identity").as_string())) << c.at("name");
      EXPECT_EQ(verified->room, std::string_view(c.at_pointer("/claims/video/room").as_string()))
          << c.at("name");
      EXPECT_EQ(verified->expires_unix_s, c.at_pointer("/claims/exp").as_int64()) << c.at("name");
      EXPECT_TRUE(verified->room_join) << c.at("name");
    }
  }
}

TEST(AccessToken, tells_what_it_says) {
  const AccessToken expected{"APIkey", "alice", "r1", true, "", kNow + 600};
  const auto token = verify_access_token(sign_access_token(good_claims(), "secret"), kSecrets, kNow);
  ASSERT_TRUE(token);
  EXPECT_EQ(*token, expected);

  const boost::json::object webhook = {{"iss", "APIkey"}, {"exp", kNow + 300}, {"sha256", "aGFzaA=="}};
  const AccessToken expected_webhook{"APIkey", "", "", false, "aGFzaA==", kNow + 300};
  const auto of_webhook = verify_access_token(sign_access_token(webhook, "secret"), kSecrets, kNow);
  ASSERT_TRUE(of_webhook);
  EXPECT_EQ(*of_webhook, expected_webhook);
}

TEST(AccessToken, claims_of_a_genuine_token_are_judged) {
  struct Case {
    const char* name;
    boost::json::object claims;
    std::string expected;
  };
  const std::string malformed = "not an access token";
  const Case cases[] = {
      {"good", good_claims(), ""},
      {"expired within the leeway", with("exp", kNow - 59), ""},
      {"expired", with("exp", kNow - 60), "expired"},
      {"expired long ago", with("exp", INT64_MIN), "expired"},
      {"expires never", with("exp", INT64_MAX), ""},
      {"expires within a second", with("exp", kNow - 59.5), "expired"},
      {"expires at a fraction", with("exp", kNow + 0.5), ""},
      {"expiry beyond all numbers", with("exp", 1e300), malformed},
      {"expiry beyond 64 bits", with("exp", UINT64_MAX), malformed},
      {"expiry as text", with("exp", "1750000600"), malformed},
      {"no expiry", with("exp", nullptr), malformed},
      {"valid within the leeway", with("nbf", kNow + 60), ""},
      {"not valid yet", with("nbf", kNow + 61), "not yet valid"},
      {"valid from as text", with("nbf", "0"), malformed},
      {"another key", with("iss", "APIother"), "of an unknown API key"},
      {"a key without secret", with("iss", "APIempty"), "of an unknown API key"},
      {"no key", with("iss", nullptr), "of an unknown API key"},
      {"a key that is a list", with("iss", boost::json::array{"APIkey"}), malformed},
      {"grants that are a list", with("video", boost::json::array{}), malformed},
      {"no grants", with("video", nullptr), ""},
      {"roomJoin as text", with("video", {{"room", "r1"}, {"roomJoin", "true"}}), malformed},
      {"room as a number", with("video", {{"room", 1}, {"roomJoin", true}}), malformed},
      {"identity as a number", with("sub", 1), malformed},
  };
  for (const auto& [name, claims, expected] : cases) EXPECT_EQ(verdict(claims), expected) << name;
}

TEST(AccessToken, the_algorithm_is_no_choice_of_the_tokens) {
  const std::string claims = boost::json::serialize(good_claims());
  EXPECT_EQ(verdict(sign(R"({"alg":"HS256"})", claims)), "");
  EXPECT_EQ(verdict(sign(R"({"typ":"anything","alg":"HS256","kid":"x"})", claims)), "");
  for (const char* header :
       {R"({"alg":"none"})", R"({"alg":"hs256"})", R"({"alg":"HS512"})", R"({"alg":"RS256"})",
        R"({"alg":null})", "{}", R"({"alg":["HS256"]})", R"({"alg":"HS256","crit":["exp"]})"}) {
    EXPECT_EQ(verdict(sign(header, claims)), "not signed with HS256") << header;
  }
  EXPECT_EQ(verdict(sign(R"({"alg":"none","alg":"HS256"})", claims)), "not an access token");
  EXPECT_EQ(verdict(sign(R"(["HS256"])", claims)), "not an access token");
}

TEST(AccessToken, claims_with_two_meanings_are_refused) {
  const std::string header = R"({"alg":"HS256"})";
  EXPECT_EQ(verdict(sign(header, R"({"iss":"APIkey","exp":1750000600,"exp":4102444800})")),
            "not an access token");
  EXPECT_EQ(verdict(sign(header, R"({"iss":"APIkey","exp":1750000600,"video":{"room":"a","room":"b"}})")),
            "not an access token");
  EXPECT_EQ(verdict(sign(header, R"({"iss":"APIkey","exp":1750000600} x)")), "not an access token");
}

TEST(AccessToken, the_signature_is_of_the_key_that_is_named) {
  const boost::json::object claims = good_claims();
  EXPECT_EQ(verdict(sign_access_token(claims, "another secret")), "with a bad signature");
  EXPECT_EQ(verdict(sign_access_token(with("iss", "APIempty"), "")), "of an unknown API key");
  const std::string good = sign_access_token(claims, "secret");
  const std::string unsigned_token = good.substr(0, good.rfind('.') + 1);
  EXPECT_EQ(verdict(unsigned_token), "with a bad signature");
  EXPECT_EQ(verdict(unsigned_token + good.substr(unsigned_token.size(), 42)), "not an access token")
      << "31 bytes and bits left over";
  EXPECT_EQ(verdict(unsigned_token + "AAAA"), "with a bad signature");
}

TEST(AccessToken, no_character_of_it_may_be_another) {
  const std::string good = sign_access_token(good_claims(), "secret");
  ASSERT_EQ(verdict(good), "");
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (const char c : {'A', 'b', '-', '_', '.', '=', '+', '/', ' ', '\0', '\n'}) {
      std::string other = good;
      other[at] = c;
      EXPECT_TRUE(other == good || !verdict(other).empty()) << at << " " << c;
    }
  }
}

TEST(AccessToken, has_one_text_only) {
  const std::string good = sign_access_token(good_claims(), "secret");
  for (const std::string& text : {good + "=", good + ".", "." + good, good + " ", " " + good, good + "\n",
                                  good + std::string(1, '\0'), good + "A", good.substr(0, good.size() - 1),
                                  std::string(), std::string("."), std::string(".."), std::string("...")}) {
    EXPECT_NE(verdict(text), "") << text;
  }
  // The last character of 32 bytes carries four bits; two more must be 0.
  std::string loose = good;
  loose.back() = static_cast<char>(loose.back() + 1);
  EXPECT_NE(verdict(loose), "");
}

TEST(AccessToken, its_size_is_bounded) {
  boost::json::object claims = good_claims();
  claims["metadata"] = std::string(11900, 'x');
  const std::string large = sign_access_token(claims, "secret");
  ASSERT_LE(large.size(), kAccessTokenSizeMax);
  EXPECT_EQ(verdict(large), "");
  claims["metadata"] = std::string(12300, 'x');
  const std::string too_large = sign_access_token(claims, "secret");
  ASSERT_GT(too_large.size(), kAccessTokenSizeMax);
  EXPECT_EQ(verdict(too_large), "not an access token");
}

}  // namespace
}  // namespace turnpike::livekit
