#include "turnpike/sfu/livekit_service.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "turnpike/config/credentials.hpp"
#include "turnpike/livekit/bound_user.hpp"
#include "turnpike/livekit/webhook.hpp"
#include "turnpike/log/log.hpp"
#include "turnpike/net/clock.hpp"

namespace turnpike::sfu {

namespace asio = boost::asio;

namespace {

constexpr std::size_t kLateEventsMax = 4096;  // LiveKit repeats an event for half a minute

// Names of the configuration, which no event of LiveKit's is about.
auth::Secrets configured_users(const config::CredentialsConfig& credentials) {
  auth::Secrets users = credentials.users;
  users.insert(credentials.user_keys.begin(), credentials.user_keys.end());
  return users;
}

livekit::TokenExchange exchange_of(const config::Config& config) {
  const config::LiveKitConfig& livekit = config.livekit;
  return {config.credentials.livekit_keys, livekit.ice_urls, livekit.ice_ttl_s,
          auth::FleetCredentials(config::fleet_secrets(config))};
}

// Names of regions have nothing that would be encoded; what is encoded is the name of none.
std::string_view region_in(std::string_view query) {
  constexpr std::string_view kName = "region=";
  while (!query.empty()) {
    const std::string_view parameter = query.substr(0, query.find('&'));
    if (parameter.starts_with(kName)) return parameter.substr(kName.size());
    query.remove_prefix(std::min(parameter.size() + 1, query.size()));
  }
  return {};
}

}  // namespace

LiveKitService::LiveKitService(const config::Config& config, turn::Ledger& ledger,
                               livekit::RoomRegistry& registry, Accounting& accounting, Revoke revoke)
    : exchange_(exchange_of(config)),
      users_(configured_users(config.credentials)),
      exchanges_per_second_(config.livekit.exchanges_per_second_per_ip),
      exchange_limiter_(config.livekit.exchanges_per_second_per_ip),
      refusal_limiter_(config.livekit.exchanges_per_second_per_ip),
      ledger_(ledger),
      registry_(registry),
      accounting_(accounting),
      revoke_(std::move(revoke)),
      late_(kLateEventsMax) {}

void LiveKitService::reload(const config::Config& config) {
  exchange_ = exchange_of(config);
  users_ = configured_users(config.credentials);
  const std::uint32_t exchanges = config.livekit.exchanges_per_second_per_ip;
  if (std::exchange(exchanges_per_second_, exchanges) == exchanges) return;
  exchange_limiter_ = AnswerLimiter(exchanges);
  refusal_limiter_ = AnswerLimiter(exchanges);
}

std::vector<http::Route> LiveKitService::routes(const config::LiveKitConfig& config) {
  std::vector<http::Route> routes;
  if (config.webhook) {
    routes.push_back({"POST",
                      "/livekit/webhook",
                      [this](const http::Request& request) { return on_webhook(request, net::read_clock()); },
                      livekit::kWebhookSizeMax,
                      {},
                      [this](const http::Request& head) {
                        return livekit::announces_webhook(head.authorization, exchange_.secrets,
                                                          net::read_clock().unix_s);
                      }});
  }
  if (!config.ice_urls.empty()) {
    routes.push_back(
        {"POST",
         "/livekit/ice-servers",
         [this](const http::Request& request) { return on_ice_servers(request, net::read_clock()); },
         0,
         {config.cors_origins}});
  }
  return routes;
}

asio::awaitable<http::Response> LiveKitService::on_webhook(const http::Request& request, Now now) {
  const auto event =
      livekit::read_webhook(request.authorization, request.body, exchange_.secrets, now.unix_s);
  if (!event) {
    const livekit::WebhookFault fault = event.error();
    counters_.webhooks_refused.add(fault);
    if (const auto cause = to_string(fault);
        log::is_new(log::Event::webhook_refused, cause, {"", request.from}))
      log::write(log::Event::webhook_refused,
                 {{"from", request.from.to_string()}, {"cause", std::string(cause)}});
    co_return http::http_error(livekit::status_of(fault));
  }
  auto outcome = registry_.on_event(*event, now);
  const bool is_done = co_await apply(*event, std::move(outcome), now, false);
  ++(is_done ? counters_.webhooks_done : counters_.webhooks_late);
  co_return is_done ? http::Response{} : http::http_error(503);
}

// For the registry an event that comes again is no news; what was late at its first time is done again.
asio::awaitable<bool> LiveKitService::apply(livekit::WebhookEvent event, livekit::Outcome outcome, Now now,
                                            bool is_news) {
  std::ranges::copy(take_late(event.id, now), std::back_inserter(outcome.revoked));
  std::int64_t held = 0;
  for (const livekit::Revocation& revocation : outcome.revoked) held += ledger_.held_by(revocation.user_id);
  if (held > 0) {
    log::write(log::Event::revoked, {{"webhook", event.event},
                                     {"reason", event.disconnect_reason},
                                     {"room", event.room_sid},
                                     {"participant", event.participant_sid},
                                     {"allocations", held}});
  }
  const std::string bound_user = livekit::bound_user_id(event.room_name, event.identity);
  for (const std::string& user_id : {event.participant_sid, bound_user}) accounting_.place(user_id);
  const auto revoked = outcome.revoked;
  if (is_news) {
    settle(outcome, std::nullopt, now);
  } else {
    // Who was removed may be back, and only another server may have heard of the removal.
    if (event.meaning == livekit::Meaning::joined && sharing_.is_barred(bound_user))
      outcome.lifted.push_back(bound_user);
    settle(outcome, event.created_unix_s, now);
    if (event.meaning != livekit::Meaning::nothing) sharing_.tell(livekit::write_news(event));
  }
  const bool all_ended = co_await end(std::move(outcome));
  if (!all_ended) late_.put(event.id, revoked);
  if (all_ended && event.meaning == livekit::Meaning::room_over) accounting_.on_room_over(event.room_name);
  co_return all_ended;
}

// But for those who have come back meanwhile.
std::vector<livekit::Revocation> LiveKitService::take_late(const std::string& event_id, const Now& now) {
  auto late = late_.take(event_id);
  if (!late) return {};
  std::erase_if(late->value, [&](const livekit::Revocation& revocation) {
    if (revocation.barred_until) return !registry_.is_barred(revocation.user_id, now);
    return registry_.find(revocation.user_id).has_value();
  });
  return std::move(late->value);
}

asio::awaitable<void> LiveKitService::reconcile(const Census& census, Now now) {
  std::vector<livekit::Relaying> relaying;
  for (const auto& [user_id, granted] : ledger_.holders()) {
    if (!users_.contains(user_id)) relaying.push_back({user_id, granted});
  }
  auto outcome = registry_.reconcile(census.rooms, census.asked_unix_s, relaying, now);
  for (const livekit::Revocation& revocation : outcome.revoked) {
    const std::int64_t held = ledger_.held_by(revocation.user_id);
    if (held == 0) continue;
    ++counters_.reconciled_users;
    log::write(log::Event::revoked, {{"reason", std::string("reconciliation")},
                                     {"participant", revocation.user_id},
                                     {"allocations", held}});
  }
  // Who was in the list was there when it was asked for; who was not may have come within that second.
  for (const std::string& user_id : std::exchange(outcome.lifted, {})) lift(user_id, census.asked_unix_s);
  settle(outcome, census.asked_unix_s - 1, now);
  co_await end(std::move(outcome));
  ++counters_.reconciliations_done;
  counters_.reconciled_unix_s = now.unix_s;
}

void LiveKitService::on_no_census() {
  ++counters_.reconciliations_failed;
  registry_.forget_absences();
}

std::optional<ApiKey> LiveKitService::api_key() const {
  if (exchange_.secrets.empty()) return std::nullopt;
  const auto& [name, secret] = *exchange_.secrets.begin();
  return ApiKey{name, secret};
}

asio::awaitable<void> LiveKitService::on_news(std::string text, Now now) {
  const auto news = livekit::read_news(text);
  if (!news) co_return;
  if (const auto* event = std::get_if<livekit::WebhookEvent>(&*news)) {
    auto outcome = registry_.on_event(*event, now);
    co_await apply(*event, std::move(outcome), now, true);
  } else {
    const auto& [membership, issued] = std::get<livekit::Expectation>(*news);
    for (const std::string& user_id : registry_.expect(membership, issued).lifted) lift(user_id, {});
  }
}

void LiveKitService::lift(const std::string& user_id, std::optional<UnixSeconds> said_unix_s) {
  const bool counts = said_unix_s ? sharing_.lift(user_id, *said_unix_s) : !sharing_.is_barred(user_id);
  if (counts) ledger_.lift(user_id);
}

// Whether it counts: something later may have been said, here or elsewhere.
bool LiveKitService::bar(const livekit::Revocation& revocation, std::optional<UnixSeconds> said_unix_s,
                         const Now& now) {
  const Duration life = *revocation.barred_until - now.monotonic;
  const bool counts = (said_unix_s && sharing_.bar(revocation.user_id, life, *said_unix_s)) ||
                      sharing_.is_barred(revocation.user_id);
  if (counts) ledger_.bar(revocation.user_id, *revocation.barred_until);
  return counts;
}

// Bars come first: an allocation that is granted before its user is barred is there to be ended afterwards.
void LiveKitService::settle(livekit::Outcome& outcome, std::optional<UnixSeconds> said_unix_s,
                            const Now& now) {
  for (const std::string& user_id : outcome.lifted) lift(user_id, said_unix_s);
  std::erase_if(outcome.revoked, [&](const livekit::Revocation& revocation) {
    return revocation.barred_until && !bar(revocation, said_unix_s, now);
  });
}

asio::awaitable<bool> LiveKitService::end(livekit::Outcome outcome) {
  std::vector<std::string> user_ids;
  for (const livekit::Revocation& revocation : outcome.revoked) user_ids.push_back(revocation.user_id);
  if (user_ids.empty()) co_return true;
  if (!co_await revoke_(std::move(user_ids))) co_return false;
  for (const livekit::Revocation& revocation : outcome.revoked)
    accounting_.on_left(revocation.user_id, revocation.was);
  co_return true;
}

// Who was removed may be back, by a token that was issued later; only another server may have heard of the
// removal.
void LiveKitService::expect(const livekit::Expectation& expected) {
  auto lifted = registry_.expect(expected.membership, expected.issued_unix_s).lifted;
  const std::string bound_user =
      livekit::bound_user_id(expected.membership.room_name, expected.membership.identity);
  if (sharing_.is_barred(bound_user)) lifted.push_back(bound_user);
  if (expected.issued_unix_s) {
    for (const std::string& user_id : lifted) lift(user_id, *expected.issued_unix_s);
  }
  sharing_.tell(livekit::write_news(expected));
}

http::Response LiveKitService::on_ice_servers(const http::Request& request, const Now& now) {
  const auto find_urls = [&] {
    return find_urls_ ? find_urls_(region_in(request.query), request.from) : std::vector<std::string>();
  };
  auto answer = livekit::exchange_token(request.authorization, exchange_, now.unix_s, find_urls);
  const bool is_granted = answer.status == 200;
  AnswerLimiter& limiter = is_granted ? exchange_limiter_ : refusal_limiter_;
  if (!limiter.allow(request.from, now.monotonic)) {
    counters_.exchanges.add(livekit::ExchangeOutcome::limited);
    return http::http_error(429);
  }
  counters_.exchanges.add(is_granted ? livekit::ExchangeOutcome::granted : livekit::ExchangeOutcome::refused);
  if (is_granted) {
    expect({answer.membership, answer.issued_unix_s});
  }
  return {.status = static_cast<unsigned>(answer.status),
          .content_type = "application/json",
          .body = std::move(answer.body)};
}

}  // namespace turnpike::sfu
