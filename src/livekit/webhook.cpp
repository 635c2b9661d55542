#include "turnpike/livekit/webhook.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <optional>

#include "turnpike/auth/expiry.hpp"
#include "turnpike/crypto/base64.hpp"
#include "turnpike/crypto/constant_time.hpp"
#include "turnpike/crypto/digest.hpp"
#include "turnpike/json/strict_json.hpp"

namespace turnpike::livekit {
namespace {

using json::read_member;

constexpr std::string_view kAny = "*";

struct Rule {
  std::string_view event;
  std::string_view reason;
  Meaning meaning;
};
// The first that fits counts. After MIGRATION and SIGNAL_CLOSE the same participant may come back by itself,
// and not be heard of again before it needs its relay: only the list of participants tells that it did not.
constexpr Rule kRules[] = {
    {"participant_joined", kAny, Meaning::joined},
    {"participant_left", "MIGRATION", Meaning::nothing},
    {"participant_left", "SIGNAL_CLOSE", Meaning::nothing},
    {"participant_left", "DUPLICATE_IDENTITY", Meaning::superseded},
    {"participant_left", "PARTICIPANT_REMOVED", Meaning::removed},
    {"participant_left", kAny, Meaning::left},
    {"participant_connection_aborted", "MIGRATION", Meaning::nothing},
    {"participant_connection_aborted", "SIGNAL_CLOSE", Meaning::nothing},
    {"participant_connection_aborted", "DUPLICATE_IDENTITY", Meaning::superseded},
    {"participant_connection_aborted", "PARTICIPANT_REMOVED", Meaning::removed},
    {"participant_connection_aborted", kAny, Meaning::left},
    {"room_finished", kAny, Meaning::room_over},
};

WebhookFault fault_of(TokenFault fault) {
  switch (fault) {
    case TokenFault::malformed: return WebhookFault::no_access_token;
    case TokenFault::not_hs256: return WebhookFault::not_hs256;
    case TokenFault::unknown_key: return WebhookFault::unknown_key;
    case TokenFault::bad_signature: return WebhookFault::wrong_signature;
    case TokenFault::expired: return WebhookFault::expired;
    case TokenFault::not_yet_valid: return WebhookFault::not_yet_valid;
  }
  return WebhookFault::no_access_token;
}

std::string sha256_base64(std::string_view body) { return crypto::base64_encode(crypto::sha256({body})); }

// 64-bit integers are strings in the JSON of protocol buffers; a number is as good.
bool read_created(const boost::json::object& body, UnixSeconds& out) {
  if (const boost::json::value* member = body.if_contains("createdAt");
      member != nullptr && member->is_int64()) {
    out = member->get_int64();
    return true;
  }
  std::string digits;
  if (!read_member(body, "createdAt", digits)) return false;
  if (digits.empty()) return true;
  const auto seconds = auth::parse_expiry(digits);
  out = seconds.value_or(0);
  return seconds.has_value();
}

bool is_complete(const WebhookEvent& event) {
  if (event.meaning == Meaning::nothing) return true;
  const bool has_participant = !event.participant_sid.empty() && !event.identity.empty();
  return event.created_unix_s > 0 && !event.room_sid.empty() && !event.room_name.empty() &&
         (event.meaning == Meaning::room_over || has_participant);
}

std::optional<WebhookEvent> read_event(const boost::json::object& body) {
  WebhookEvent event;
  const boost::json::object none;
  const boost::json::object* room = &none;
  const boost::json::object* participant = &none;
  const bool all_read = read_member(body, "event", event.event) && read_member(body, "id", event.id) &&
                        read_created(body, event.created_unix_s) && read_member(body, "room", room) &&
                        read_member(*room, "sid", event.room_sid) &&
                        read_member(*room, "name", event.room_name) &&
                        read_member(body, "participant", participant) &&
                        read_member(*participant, "sid", event.participant_sid) &&
                        read_member(*participant, "identity", event.identity) &&
                        read_member(*participant, "disconnectReason", event.disconnect_reason);
  if (!all_read || event.event.empty()) return std::nullopt;
  event.meaning = meaning_of(event.event, event.disconnect_reason);
  if (!is_complete(event)) return std::nullopt;
  return event;
}

}  // namespace

std::string_view to_string(WebhookFault fault) {
  constexpr std::string_view kNames[] = {"no_access_token", "not_hs256",     "unknown_key", "wrong_signature",
                                         "expired",         "not_yet_valid", "other_body",  "malformed"};
  return kNames[static_cast<std::size_t>(fault)];
}

unsigned status_of(WebhookFault fault) { return fault == WebhookFault::malformed ? 400 : 401; }

Meaning meaning_of(std::string_view event, std::string_view disconnect_reason) {
  const auto* rule = std::ranges::find_if(kRules, [&](const Rule& r) {
    return r.event == event && (r.reason == kAny || r.reason == disconnect_reason);
  });
  return rule == std::end(kRules) ? Meaning::nothing : rule->meaning;
}

bool announces_webhook(std::string_view authorization, const auth::Secrets& secrets, UnixSeconds now_unix_s) {
  const auto token = verify_access_token(authorization, secrets, now_unix_s);
  return token && !token->sha256.empty();
}

Result<WebhookEvent, WebhookFault> read_webhook(std::string_view authorization, std::string_view body,
                                                const auth::Secrets& secrets, UnixSeconds now_unix_s) {
  if (body.size() > kWebhookSizeMax) return WebhookFault::malformed;
  const auto token = verify_access_token(authorization, secrets, now_unix_s);
  if (!token) return fault_of(token.error());
  if (!crypto::equal_constant_time(as_bytes(token->sha256), as_bytes(sha256_base64(body))))
    return WebhookFault::other_body;
  const auto object = json::parse_object(body);
  const auto event = object ? read_event(*object) : std::nullopt;
  if (!event) return WebhookFault::malformed;
  return *event;
}

}  // namespace turnpike::livekit
