// What LiveKit and its participants ask over HTTP: webhooks end relays, access tokens are exchanged for credentials.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "turnpike/app/config.hpp"
#include "turnpike/control/http_router.hpp"
#include "turnpike/livekit/ice_servers.hpp"
#include "turnpike/livekit/room_registry.hpp"
#include "turnpike/turn/answer_limiter.hpp"
#include "turnpike/turn/ledger.hpp"

namespace turnpike::app {

// On one thread.
class LiveKitService {
 public:
  // Ends every allocation of these users on every worker, soon.
  using Revoke = std::function<void(std::vector<std::string> user_ids)>;

  // `ledger` must outlive it.
  LiveKitService(const Config& config, turn::Ledger& ledger, Revoke revoke);
  LiveKitService(const LiveKitService&) = delete;
  LiveKitService& operator=(const LiveKitService&) = delete;

  // Takes the API keys anew.
  void reload(const Config& config) { exchange_.secrets = config.credentials.livekit_keys; }

  // Those that the configuration asks for; they call this object, at the time of the system's clock.
  std::vector<control::HttpRoute> routes(const LiveKitConfig& config);

  // 200 also for events that change nothing; 401 and 400 as livekit::WebhookFault says, and then nothing has changed.
  control::HttpResponse on_webhook(const control::HttpRequest& request, const Now& now);
  // As livekit::exchange_token() answers; 429 beyond the limit of the client's address.
  control::HttpResponse on_ice_servers(const control::HttpRequest& request, const Now& now);

 private:
  void apply(const livekit::WebhookEvent& event, const livekit::Outcome& outcome);

  livekit::TokenExchange exchange_;  // with the API keys, which sign webhooks too
  livekit::RoomRegistry registry_;
  turn::AnswerLimiter exchange_limiter_;
  turn::Ledger& ledger_;
  Revoke revoke_;
};

}  // namespace turnpike::app
