// Webhooks: what is genuine, what it says, and what it means for relays.
#include "turnpike/livekit/webhook.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "unit/auth/vectors.hpp"
#include "unit/livekit/signed_webhook.hpp"

namespace turnpike::livekit {
namespace {

constexpr UnixSeconds kNow = 1750000000;
const auth::Secrets kSecrets = {{"APIkey", "secret"}};

std::string sign(std::string_view body, std::string_view secret = "secret",
                 UnixSeconds expires = kNow + 300) {
  return sign_webhook(body, secret, expires);
}

Result<WebhookEvent, WebhookFault> read(std::string_view body) {
  return read_webhook(sign(body), body, kSecrets, kNow);
}

const WebhookEvent kLeft = {Meaning::removed, "EV_1",  "participant_left",   1700000000, "RM_1", "r1",
                            "PA_1",           "alice", "PARTICIPANT_REMOVED"};
constexpr std::string_view kLeftBody =
    R"({"event":"participant_left","room":{"sid":"RM_1","name":"r1"},"participant":{"sid":"PA_1","identity":"alice",)"
    R"("state":"DISCONNECTED","disconnectReason":"PARTICIPANT_REMOVED"},"id":"EV_1","createdAt":"1700000000"})";

TEST(Webhook, livekits_own_is_read) {
  const auto vectors = auth::livekit_vectors();
  const auto& hook = vectors.at("webhook");
  const auth::Secrets secrets = {
      {std::string(vectors.at("api_key").as_string()), std::string(vectors.at("api_secret").as_string())}};
  const auto event = read_webhook(std::string_view(hook.at("authorization").as_string()),
                                  std::string_view(hook.at("body").as_string()), secrets, kNow);
  ASSERT_TRUE(event);
  WebhookEvent expected = kLeft;
  expected.participant_sid = "PA_abc123XYZ";
  EXPECT_EQ(*event, expected);
}

TEST(Webhook, a_request_that_nobody_signed_is_unauthorized) {
  struct Case {
    const char* name;
    std::string authorization;
    std::string body;
    WebhookFault fault;
  };
  using enum WebhookFault;
  const std::string body(kLeftBody);
  const Case cases[] = {
      {"no header", "", body, no_access_token},
      {"another secret", sign(body, "other"), body, wrong_signature},
      {"another key", sign_access_token({{"iss", "APIother"}, {"exp", kNow + 300}}, "secret"), body,
       unknown_key},
      {"with a scheme", "Bearer " + sign(body), body, no_access_token},
      {"expired", sign(body, "secret", kNow - 60), body, expired},
      {"too early",
       sign_access_token({{"iss", "APIkey"}, {"nbf", kNow + 300}, {"exp", kNow + 600}}, "secret"), body,
       not_yet_valid},
      {"another body", sign(body), body + " ", other_body},
      {"a shorter body", sign(body), body.substr(1), other_body},
      {"no body", sign(body), "", other_body},
      {"no hash", sign_access_token({{"iss", "APIkey"}, {"exp", kNow + 300}}, "secret"), body, other_body},
      {"no hash and no body", sign_access_token({{"iss", "APIkey"}, {"exp", kNow + 300}}, "secret"), "",
       other_body},
      {"a participant's token",
       sign_access_token({{"iss", "APIkey"}, {"sub", "alice"}, {"exp", kNow + 300}}, "secret"), body,
       other_body},
      {"the start of the hash",
       sign_access_token(
           {{"iss", "APIkey"}, {"exp", kNow + 300}, {"sha256", sha256_base64(body).substr(0, 43)}}, "secret"),
       body, other_body},
  };
  for (const auto& [name, authorization, given, fault] : cases) {
    const auto event = read_webhook(authorization, given, kSecrets, kNow);
    ASSERT_FALSE(event) << name;
    EXPECT_EQ(to_string(event.error()), to_string(fault)) << name;
    EXPECT_EQ(status_of(event.error()), 401U) << name;
  }
  const auto genuine = read(body);
  ASSERT_TRUE(genuine);
  EXPECT_EQ(*genuine, kLeft);
}

TEST(Webhook, a_genuine_body_that_is_no_event_is_malformed) {
  struct Case {
    const char* name;
    std::string find, replace;  // in kLeftBody
  };
  const Case cases[] = {
      {"no JSON", "{\"event\"", "\"event\""},
      {"no event", "\"event\":\"participant_left\",", ""},
      {"an event that is a number", "\"participant_left\"", "7"},
      {"a name twice", "\"id\":\"EV_1\"", "\"id\":\"EV_1\",\"id\":\"EV_2\""},
      {"a room that is a name", "{\"sid\":\"RM_1\",\"name\":\"r1\"}", "\"r1\""},
      {"no participant", "\"sid\":\"PA_1\",", ""},
      {"no identity", "\"identity\":\"alice\",", ""},
      {"no room", "\"sid\":\"RM_1\",", ""},
      {"no name of the room", ",\"name\":\"r1\"", ""},
      {"no time", ",\"createdAt\":\"1700000000\"", ""},
      {"time 0", "\"1700000000\"", "\"0\""},
      {"a negative time", "\"1700000000\"", "\"-1\""},
      {"a time that is no number", "\"1700000000\"", "\"17e8\""},
      {"a time with a fraction", "\"1700000000\"", "1700000000.5"},
  };
  for (const auto& [name, find, replace] : cases) {
    std::string body(kLeftBody);
    ASSERT_NE(body.find(find), std::string::npos) << name;
    body.replace(body.find(find), find.size(), replace);
    const auto event = read(body);
    ASSERT_FALSE(event) << name;
    EXPECT_EQ(event.error(), WebhookFault::malformed) << name;
    EXPECT_EQ(status_of(event.error()), 400U) << name;
  }
}

TEST(Webhook, fields_that_are_not_needed_may_be_missing_or_new) {
  const auto finished = read(
      R"({"event":"room_finished","room":{"sid":"RM_1","name":"r1"},"createdAt":1700000000,"roomEndReason":"API_DELETE"})");
  ASSERT_TRUE(finished);
  EXPECT_EQ(*finished,
            (WebhookEvent{Meaning::room_over, "", "room_finished", 1700000000, "RM_1", "r1", "", "", ""}));
  const auto egress = read(R"({"event":"egress_started","egressInfo":{"egressId":"EG_1"}})");
  ASSERT_TRUE(egress);
  EXPECT_EQ(egress->meaning, Meaning::nothing);
}

TEST(Webhook, too_large_a_body_is_not_looked_at) {
  const std::string body(kWebhookSizeMax + 1, ' ');
  const auto event = read(body);
  ASSERT_FALSE(event);
  EXPECT_EQ(event.error(), WebhookFault::malformed);
}

TEST(Webhook, meaning_follows_from_event_and_reason) {
  struct Case {
    const char* event;
    const char* reason;
    Meaning expected;
  };
  const Case cases[] = {
      {"participant_joined", "", Meaning::joined},
      {"participant_left", "", Meaning::left},
      {"participant_left", "CLIENT_INITIATED", Meaning::left},
      {"participant_left", "PARTICIPANT_REMOVED", Meaning::removed},
      {"participant_connection_aborted", "PARTICIPANT_REMOVED", Meaning::removed},
      {"participant_left", "ROOM_DELETED", Meaning::left},
      {"participant_left", "CONNECTION_TIMEOUT", Meaning::left},
      {"participant_left", "A_NEW_REASON", Meaning::left},
      {"participant_left", "DUPLICATE_IDENTITY", Meaning::superseded},
      {"participant_left", "MIGRATION", Meaning::nothing},
      {"participant_left", "SIGNAL_CLOSE", Meaning::nothing},
      {"participant_connection_aborted", "", Meaning::left},
      {"participant_connection_aborted", "JOIN_FAILURE", Meaning::left},
      {"participant_connection_aborted", "DUPLICATE_IDENTITY", Meaning::superseded},
      {"participant_connection_aborted", "SIGNAL_CLOSE", Meaning::nothing},
      {"room_finished", "", Meaning::room_over},
      {"room_started", "", Meaning::nothing},
      {"track_published", "", Meaning::nothing},
      {"track_unpublished", "PARTICIPANT_REMOVED", Meaning::nothing},
      {"participant_left ", "", Meaning::nothing},
      {"", "", Meaning::nothing},
  };
  for (const auto& [event, reason, expected] : cases)
    EXPECT_EQ(meaning_of(event, reason), expected) << event << " " << reason;
}

}  // namespace
}  // namespace turnpike::livekit
