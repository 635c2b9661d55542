// The token exchange: which tokens give credentials, whose they are, and how long they live.
#include "turnpike/livekit/ice_servers.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "turnpike/livekit/bound_user.hpp"
#include "turnpike/livekit/embedded_credentials.hpp"
#include "unit/auth/vectors.hpp"

namespace turnpike::livekit {
namespace {

constexpr UnixSeconds kNow = 1750000000;
const TokenExchange kExchange = {
    {{"APIkey", "secret"}},
    {"turn:192.0.2.1:3478?transport=udp", "turns:turn.example.com:443?transport=tcp"},
    300};

boost::json::object claims_of(std::string_view identity, std::string_view room, UnixSeconds expires) {
  return {{"iss", "APIkey"},
          {"sub", identity},
          {"exp", expires},
          {"video", {{"room", room}, {"roomJoin", true}}}};
}

ExchangeAnswer exchange(const boost::json::object& claims) {
  return exchange_token("Bearer " + sign_access_token(claims, "secret"), kExchange, kNow);
}

// The credential of an answer, as this server will find it.
turn::Credential credential_of(const ExchangeAnswer& answer) {
  const boost::json::value server = boost::json::parse(answer.body);
  std::vector<turn::Credential> found;
  EmbeddedCredentials(kExchange.secrets).find(std::string_view(server.at("username").as_string()), found);
  EXPECT_EQ(found.size(), 1U);
  if (found.empty()) return {};
  EXPECT_EQ(found[0].password, std::string_view(server.at("credential").as_string()));
  return found[0];
}

TEST(IceServers, a_token_gives_an_RTCIceServer_with_all_urls_CRED_09) {
  const auto answer = exchange(claims_of("alice", "r1", kNow + 3600));
  ASSERT_EQ(answer.status, 200) << answer.body;
  const boost::json::value server = boost::json::parse(answer.body);
  EXPECT_EQ(server.at("urls"), boost::json::array(kExchange.urls.begin(), kExchange.urls.end()));
  EXPECT_EQ(server.at("ttl"), 300);
  EXPECT_EQ(server.as_object().size(), 4U);
}

TEST(IceServers, the_credential_is_that_of_room_and_identity) {
  const auto alice = credential_of(exchange(claims_of("alice", "r1", kNow + 3600)));
  EXPECT_EQ(alice.user_id, bound_user_id("r1", "alice"));
  EXPECT_EQ(alice.user_id, credential_of(exchange(claims_of("alice", "r1", kNow + 100))).user_id);
  EXPECT_NE(alice.user_id, credential_of(exchange(claims_of("bob", "r1", kNow + 3600))).user_id);
  EXPECT_NE(alice.user_id, credential_of(exchange(claims_of("alice", "r2", kNow + 3600))).user_id);
  const std::string odd = "a|b:c \n\xC3\xA9";
  EXPECT_EQ(credential_of(exchange(claims_of(odd, odd, kNow + 3600))).user_id, bound_user_id(odd, odd));
  const std::string longest(256, 'x');
  EXPECT_EQ(credential_of(exchange(claims_of(longest, longest, kNow + 3600))).user_id,
            bound_user_id(longest, longest));
}

TEST(IceServers, a_fleet_makes_credentials_of_its_own_that_every_server_takes) {
  TokenExchange of_fleet = kExchange;
  of_fleet.fleet = auth::FleetCredentials({"north", "old"});
  const auto answer = exchange_token(
      "Bearer " + sign_access_token(claims_of("alice", "r1", kNow + 3600), "secret"), of_fleet, kNow);
  ASSERT_EQ(answer.status, 200) << answer.body;
  const boost::json::value server = boost::json::parse(answer.body);
  std::vector<turn::Credential> found;
  auth::FleetCredentials({"south", "north"}).find(std::string_view(server.at("username").as_string()), found);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].password, std::string_view(server.at("credential").as_string()));
  EXPECT_EQ(found[0].user_id, bound_user_id("r1", "alice"));
  EXPECT_EQ(found[0].expires_unix_s, kNow + 300);
}

TEST(IceServers, the_credential_expires_with_the_token_or_after_the_ttl) {
  struct Case {
    UnixSeconds token_expires;
    UnixSeconds expected;
  };
  for (const auto& [token_expires, expected] :
       {Case{kNow + 3600, kNow + 300}, Case{kNow + 300, kNow + 300}, Case{kNow + 299, kNow + 299},
        Case{kNow + 1, kNow + 1}, Case{INT64_MAX, kNow + 300}}) {
    const auto answer = exchange(claims_of("alice", "r1", token_expires));
    ASSERT_EQ(answer.status, 200) << token_expires;
    EXPECT_EQ(credential_of(answer).expires_unix_s, expected);
    EXPECT_EQ(boost::json::parse(answer.body).at("ttl"), expected - kNow);
  }
}

TEST(IceServers, a_token_that_lets_nobody_join_is_refused) {
  boost::json::object no_join = claims_of("alice", "r1", kNow + 3600);
  no_join["video"] = {{"room", "r1"}, {"roomAdmin", true}};
  for (const boost::json::object& claims :
       {no_join, claims_of("", "r1", kNow + 3600), claims_of("alice", "", kNow + 3600)}) {
    EXPECT_EQ(exchange(claims).status, 403) << claims;
  }
}

TEST(IceServers, a_token_that_does_not_hold_is_refused) {
  const boost::json::object claims = claims_of("alice", "r1", kNow + 3600);
  const std::string good = sign_access_token(claims, "secret");
  for (const std::string& authorization :
       {std::string(), std::string("Bearer"), std::string("Bearer "), good, "Basic " + good,
        "Bearer  " + good, "Bearer " + good + ",", "Bearer " + sign_access_token(claims, "other")}) {
    const auto answer = exchange_token(authorization, kExchange, kNow);
    EXPECT_EQ(answer.status, 401) << authorization;
    EXPECT_TRUE(boost::json::parse(answer.body).as_object().contains("error"));
  }
  EXPECT_EQ(exchange_token("bEARER " + good, kExchange, kNow).status, 200);
  EXPECT_EQ(exchange(claims_of("alice", "r1", kNow)).status, 401)
      << "within the leeway, but a credential would be expired";
  EXPECT_EQ(exchange(claims_of("alice", "r1", kNow - 3600)).status, 401);
}

TEST(IceServers, every_verdict_is_livekits) {
  const auto vectors = auth::livekit_vectors();
  TokenExchange exchange = kExchange;
  exchange.secrets = {
      {std::string(vectors.at("api_key").as_string()), std::string(vectors.at("api_secret").as_string())}};
  for (const auto& c : vectors.at("access_tokens").as_array()) {
    const auto answer = exchange_token("Bearer " + std::string(c.at("token").as_string()), exchange, kNow);
    EXPECT_EQ(answer.status, c.at("livekit_accepts").as_bool() ? 200 : 401) << c.at("name");
  }
}

}  // namespace
}  // namespace turnpike::livekit
