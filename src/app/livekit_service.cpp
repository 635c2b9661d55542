#include "turnpike/app/livekit_service.hpp"

#include <utility>

#include "turnpike/app/log.hpp"
#include "turnpike/livekit/webhook.hpp"
#include "turnpike/net/clock.hpp"

namespace turnpike::app {

LiveKitService::LiveKitService(const Config& config, turn::Ledger& ledger, Revoke revoke)
    : exchange_{config.credentials.livekit_keys, config.livekit.ice_urls, config.livekit.ice_ttl_s},
      registry_(livekit::RegistryOptions{}),
      exchange_limiter_(config.livekit.exchanges_per_second_per_ip),
      ledger_(ledger),
      revoke_(std::move(revoke)) {}

std::vector<control::HttpRoute> LiveKitService::routes(const LiveKitConfig& config) {
  std::vector<control::HttpRoute> routes;
  if (config.webhook) {
    routes.push_back({"POST",
                      "/livekit/webhook",
                      [this](const control::HttpRequest& request) { return on_webhook(request, net::read_clock()); },
                      livekit::kWebhookSizeMax,
                      {}});
  }
  if (!config.ice_urls.empty()) {
    routes.push_back({"POST",
                      "/livekit/ice-servers",
                      [this](const control::HttpRequest& request) { return on_ice_servers(request, net::read_clock()); },
                      0,
                      {config.cors_origins}});
  }
  return routes;
}

control::HttpResponse LiveKitService::on_webhook(const control::HttpRequest& request, const Now& now) {
  const auto event = livekit::read_webhook(request.authorization, request.body, exchange_.secrets, now.unix_s);
  if (!event) {
    const bool is_genuine = event.error() == livekit::WebhookFault::malformed;
    log_event(LogLevel::debug, "webhook_refused",
              {{"from", request.from.to_string()}, {"reason", std::string(is_genuine ? "malformed" : "unauthorized")}});
    return control::http_error(is_genuine ? 400 : 401);
  }
  apply(*event, registry_.on_event(*event, now));
  return {};
}

// Bars come first: an allocation that is granted before its user is barred is there to be ended afterwards.
void LiveKitService::apply(const livekit::WebhookEvent& event, const livekit::Outcome& outcome) {
  for (const std::string& user_id : outcome.lifted) ledger_.lift(user_id);
  std::vector<std::string> user_ids;
  std::int64_t held = 0;
  for (const livekit::Revocation& revocation : outcome.revoked) {
    if (revocation.barred_until) ledger_.bar(revocation.user_id, *revocation.barred_until);
    held += ledger_.held_by(revocation.user_id);
    user_ids.push_back(revocation.user_id);
  }
  if (held > 0) {
    log_event(LogLevel::info, "revoked",
              {{"webhook", event.event},
               {"reason", event.disconnect_reason},
               {"room", event.room_sid},
               {"participant", event.participant_sid},
               {"allocations", held}});
  }
  if (!user_ids.empty()) revoke_(std::move(user_ids));
}

control::HttpResponse LiveKitService::on_ice_servers(const control::HttpRequest& request, const Now& now) {
  if (!exchange_limiter_.allow(request.from, now.monotonic)) return control::http_error(429);
  auto answer = livekit::exchange_token(request.authorization, exchange_, now.unix_s);
  return {.status = static_cast<unsigned>(answer.status), .content_type = "application/json", .body = std::move(answer.body)};
}

}  // namespace turnpike::app
