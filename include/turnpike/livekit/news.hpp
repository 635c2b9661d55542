// The messages about LiveKit that servers of a fleet send each other: events of webhooks, and who is expected
// to join.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "turnpike/livekit/room_registry.hpp"
#include "turnpike/livekit/webhook.hpp"

namespace turnpike::livekit {

// Somebody has got a credential by a token that was issued at this time; see RoomRegistry::expect().
struct Expectation {
  Membership membership;
  std::optional<UnixSeconds> issued_unix_s;

  bool operator==(const Expectation&) const = default;
};

// One message to the other servers.
using News = std::variant<WebhookEvent, Expectation>;

// Returns the message as JSON.
std::string write_news(const News& news);
// Reads a message; returns none for anything that write_news() would not write.
std::optional<News> read_news(std::string_view text);

}  // namespace turnpike::livekit
