// What LiveKit and its participants want: webhooks and lists of participants end relays, access tokens are
// exchanged for credentials.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "turnpike/base/answer_limiter.hpp"
#include "turnpike/config/config.hpp"
#include "turnpike/http/router.hpp"
#include "turnpike/livekit/ageing_map.hpp"
#include "turnpike/livekit/ice_servers.hpp"
#include "turnpike/livekit/news.hpp"
#include "turnpike/livekit/room_registry.hpp"
#include "turnpike/livekit/service_counters.hpp"
#include "turnpike/sfu/accounting.hpp"
#include "turnpike/sfu/census.hpp"
#include "turnpike/turn/ledger.hpp"

namespace turnpike::sfu {

// What is said about users here counts on other servers, too, and the other way round. What each does by
// default is right for one server alone.
struct Sharing {
  // What LiveKit has said, and when, in Unix time by its clock. False: something later was said already.
  std::function<bool(const std::string& user_id, Duration life, UnixSeconds said)> bar =
      [](const auto&, auto, auto) { return true; };
  std::function<bool(const std::string& user_id, UnixSeconds said)> lift = [](const auto&, auto) {
    return true;
  };
  // By LiveKit's word, wherever it was heard.
  std::function<bool(const std::string& user_id)> is_barred = [](const auto&) { return false; };
  // To all others: livekit::write_news().
  std::function<void(std::string news)> tell = [](auto) {};
};

// On one thread.
class LiveKitService {
 public:
  // Ends every allocation of these users on every worker. True: none is left. False: a worker is late.
  using Revoke = std::function<boost::asio::awaitable<bool>(std::vector<std::string> user_ids)>;
  // The URLs for a participant at that address who asks for that region, "" where for none; none: the
  // configured ones.
  using FindUrls = std::function<std::vector<std::string>(std::string_view region, const IpAddress& client)>;

  // What it is given must outlive it.
  LiveKitService(const config::Config& config, turn::Ledger& ledger, livekit::RoomRegistry& registry,
                 Accounting& accounting, Revoke revoke);
  LiveKitService(const LiveKitService&) = delete;
  LiveKitService& operator=(const LiveKitService&) = delete;

  // Before anything is served.
  void share(Sharing sharing) { sharing_ = std::move(sharing); }
  // What another server has told: the same follows from it as there, but for what is said about it.
  boost::asio::awaitable<void> on_news(std::string text, Now now);

  // Takes everything anew; what is served is for whoever has asked for the routes.
  void reload(const config::Config& config);

  // Until the first call everybody gets the configured URLs.
  void find_urls_by(FindUrls find_urls) { find_urls_ = std::move(find_urls); }

  // Those that the configuration asks for; they call this object, at the time of the system's clock.
  std::vector<http::Route> routes(const config::LiveKitConfig& config);

  // 200 once all that follows from it has been done, also where that is nothing. 503 while a worker is late
  // in doing it: the same event again asks for it again. 401 and 400 as livekit::status_of() says, and then
  // nothing has changed. The request must stay until then.
  boost::asio::awaitable<http::Response> on_webhook(const http::Request& request, Now now);
  // As livekit::exchange_token() answers; 429 beyond the limit of the client's address. Refusals have as many
  // again: whoever shows a token that holds is served, whatever others of that address send. `region=NAME` of
  // the query is what the request asks for.
  http::Response on_ice_servers(const http::Request& request, const Now& now);

  // Ends whom LiveKit's lists do without, as livekit::RoomRegistry::reconcile() says. Configured users are
  // none of its business, whatever their names.
  boost::asio::awaitable<void> reconcile(const Census& census, Now now);
  // There was no list.
  void on_no_census();
  // Somebody else asks for lists from now on.
  void rest() { registry_.forget_absences(); }
  const livekit::ServiceCounters& counters() const { return counters_; }
  // The first of the configured ones, which sign requests to LiveKit.
  std::optional<ApiKey> api_key() const;

 private:
  // Whether all has been done.
  boost::asio::awaitable<bool> apply(livekit::WebhookEvent event, livekit::Outcome outcome, Now now,
                                     bool is_news);
  // Bars and lifts. Afterwards the outcome has only what counts. `said_unix_s`: none where another server has
  // said it already.
  void settle(livekit::Outcome& outcome, std::optional<UnixSeconds> said_unix_s, const Now& now);
  boost::asio::awaitable<bool> end(livekit::Outcome outcome);
  void expect(const livekit::Expectation& expected);
  void lift(const std::string& user_id, std::optional<UnixSeconds> said_unix_s);
  bool bar(const livekit::Revocation& revocation, std::optional<UnixSeconds> said_unix_s, const Now& now);
  std::vector<livekit::Revocation> take_late(const std::string& event_id, const Now& now);

  livekit::TokenExchange exchange_;  // with the API keys, which sign webhooks too
  auth::Secrets users_;
  std::uint32_t exchanges_per_second_;
  AnswerLimiter exchange_limiter_;
  AnswerLimiter refusal_limiter_;  // of tokens that do not hold
  turn::Ledger& ledger_;
  livekit::RoomRegistry& registry_;
  Accounting& accounting_;
  Revoke revoke_;
  Sharing sharing_;
  FindUrls find_urls_;
  livekit::ServiceCounters counters_;
  livekit::AgeingMap<std::vector<livekit::Revocation>> late_;  // by the id of their event
};

}  // namespace turnpike::sfu
