// LiveKit's webhooks: verified, and reduced to what they mean for relays.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "turnpike/auth/secrets.hpp"
#include "turnpike/base/result.hpp"
#include "turnpike/base/time.hpp"
#include "turnpike/livekit/access_token.hpp"

namespace turnpike::livekit {

inline constexpr std::size_t kWebhookSizeMax =
    1 << 20;  // bytes of a body; a participant's metadata may be half of that

enum class Meaning {
  nothing,     // ends no relay and permits none
  joined,      // the participant is there
  left,        // the participant is gone
  removed,     // and somebody wanted that
  superseded,  // the participant is gone, and another has taken over its identity
  room_over,   // all participants of the room are gone
};

// One event. Which texts are there depends on its kind; those that its meaning needs are not empty.
struct WebhookEvent {
  Meaning meaning = Meaning::nothing;
  std::string id;
  std::string event;                // as LiveKit calls it
  UnixSeconds created_unix_s = 0;   // by LiveKit's clock
  std::string room_sid, room_name;  // a name may be used again, a SID not
  std::string participant_sid, identity;
  std::string disconnect_reason;  // empty: not known

  bool operator==(const WebhookEvent&) const = default;
};

// The first six are those of its token.
enum class WebhookFault {
  no_access_token,
  not_hs256,
  unknown_key,
  wrong_signature,
  expired,
  not_yet_valid,
  other_body,  // the token is for another one
  malformed,   // genuine, and yet no event
};
inline constexpr std::size_t kWebhookFaults = static_cast<std::size_t>(WebhookFault::malformed) + 1;
// The name, in snake_case.
std::string_view to_string(WebhookFault fault);
// Of the answer: 400 to what is malformed, 401 to what is not signed as it should be.
unsigned status_of(WebhookFault fault);

// What the event means; unknown ones mean nothing.
Meaning meaning_of(std::string_view event, std::string_view disconnect_reason);

// Whether the token holds and is for some webhook, whose body is yet to come. Tokens of participants, signed
// with the same secrets, are for none.
bool announces_webhook(std::string_view authorization, const auth::Secrets& secrets, UnixSeconds now_unix_s);

// `authorization` is the value of the header: the token alone, without "Bearer". Nothing of the body is
// parsed before its hash is verified.
Result<WebhookEvent, WebhookFault> read_webhook(std::string_view authorization, std::string_view body,
                                                const auth::Secrets& secrets, UnixSeconds now_unix_s);

}  // namespace turnpike::livekit
