// Verifies LiveKit's webhooks and reduces them to what they mean for relays.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "turnpike/auth/secrets.hpp"
#include "turnpike/base/result.hpp"
#include "turnpike/base/time.hpp"
#include "turnpike/livekit/access_token.hpp"

namespace turnpike::livekit {

// Bytes of a body that is accepted at most; a participant's metadata may be half of it.
inline constexpr std::size_t kWebhookSizeMax = 1 << 20;

// The meaning of an event for relays.
enum class Meaning {
  nothing,     // ends no relay and permits none
  joined,      // the participant is present
  left,        // the participant has gone
  removed,     // the participant has gone because somebody removed them
  superseded,  // the participant has gone, because another one with the same identity has joined
  room_over,   // all participants of the room have gone
};

// One event. Which texts are set depends on its kind; those that its meaning needs are never empty.
struct WebhookEvent {
  Meaning meaning = Meaning::nothing;
  std::string id;
  std::string event;                // LiveKit's name of the kind
  UnixSeconds created_unix_s = 0;   // by LiveKit's clock
  std::string room_sid, room_name;  // a name may be used again, a SID is not
  std::string participant_sid, identity;
  std::string disconnect_reason;  // empty: unknown

  bool operator==(const WebhookEvent&) const = default;
};

// The reason why a webhook is refused; the first six are faults of its token.
enum class WebhookFault {
  no_access_token,
  not_hs256,
  unknown_key,
  wrong_signature,
  expired,
  not_yet_valid,
  other_body,  // the token signs another body
  malformed,   // genuine, but not an event
};
inline constexpr std::size_t kWebhookFaults = static_cast<std::size_t>(WebhookFault::malformed) + 1;
// Returns the name in snake_case.
std::string_view to_string(WebhookFault fault);
// Returns the status of the response: 400 for `malformed`, 401 for all others.
unsigned status_of(WebhookFault fault);

// Returns what an event means; unknown events mean nothing.
Meaning meaning_of(std::string_view event, std::string_view disconnect_reason);

// Returns true if a token is valid and is one of a webhook, whose body has not arrived yet. Tokens of
// participants are signed with the same secrets, but are not of webhooks.
bool announces_webhook(std::string_view authorization, const auth::Secrets& secrets, UnixSeconds now_unix_s);

// Verifies and reads a webhook. `authorization` is the value of the header: the token alone, without
// "Bearer". The body is parsed only after its hash is verified.
Result<WebhookEvent, WebhookFault> read_webhook(std::string_view authorization, std::string_view body,
                                                const auth::Secrets& secrets, UnixSeconds now_unix_s);

}  // namespace turnpike::livekit
