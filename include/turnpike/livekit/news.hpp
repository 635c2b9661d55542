// What servers of a fleet tell each other of LiveKit: events of webhooks, and who is expected.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "turnpike/livekit/room_registry.hpp"
#include "turnpike/livekit/webhook.hpp"

namespace turnpike::livekit {

// Somebody has a credential by a token that was issued then, as RoomRegistry::expect() takes it.
struct Expectation {
  Membership membership;
  std::optional<UnixSeconds> issued_unix_s;

  bool operator==(const Expectation&) const = default;
};

using News = std::variant<WebhookEvent, Expectation>;

// As JSON.
std::string write_news(const News& news);
// None: it is none that write_news() would write.
std::optional<News> read_news(std::string_view text);

}  // namespace turnpike::livekit
