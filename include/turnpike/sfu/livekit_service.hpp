// Serves LiveKit and its participants: webhooks and participant lists end relays, access tokens are exchanged
// for credentials.
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

// Connects the service with other servers, so that bars and news count on all of them. The defaults fit a
// single server.
struct Sharing {
  // Records a bar by LiveKit's word of `said`, Unix time by LiveKit's clock. Returns false if there is a
  // later word already.
  std::function<bool(const std::string& user_id, Duration life, UnixSeconds said)> bar =
      [](const auto&, auto, auto) { return true; };
  // Records that a bar is lifted, by the same rules as `bar`.
  std::function<bool(const std::string& user_id, UnixSeconds said)> lift = [](const auto&, auto) {
    return true;
  };
  // Returns whether the user is barred by LiveKit's word to any of the servers.
  std::function<bool(const std::string& user_id)> is_barred = [](const auto&) { return false; };
  // Tells all other servers; the text is made by livekit::write_news().
  std::function<void(std::string news)> tell = [](auto) {};
};

// Handles webhooks, participant lists and token exchange. Used on one thread.
class LiveKitService {
 public:
  // Ends every allocation of these users on every worker. Returns false if a worker did not answer in time.
  using Revoke = std::function<boost::asio::awaitable<bool>(std::vector<std::string> user_ids)>;
  // Returns the URLs for a participant at this address who asks for this region, "" for none. Empty: the
  // configured URLs are used.
  using FindUrls = std::function<std::vector<std::string>(std::string_view region, const IpAddress& client)>;

  // All arguments must outlive this object, except `config`, which is copied.
  LiveKitService(const config::Config& config, turn::Ledger& ledger, livekit::RoomRegistry& registry,
                 Accounting& accounting, Revoke revoke);
  LiveKitService(const LiveKitService&) = delete;
  LiveKitService& operator=(const LiveKitService&) = delete;

  // Connects the service with other servers. Call before anything is served.
  void share(Sharing sharing) { sharing_ = std::move(sharing); }
  // Applies the news of another server as that server has. Bars are not news: they arrive through Sharing.
  boost::asio::awaitable<void> on_news(std::string text, Now now);

  // Takes a new configuration. Which routes are served does not change: the caller asks for routes() again.
  void reload(const config::Config& config);

  // Sets the choice of URLs. Until the first call everybody gets the configured URLs.
  void find_urls_by(FindUrls find_urls) { find_urls_ = std::move(find_urls); }

  // Returns the routes that the configuration asks for. Their handlers call this object and read the system's
  // clock.
  std::vector<http::Route> routes(const config::LiveKitConfig& config);

  // Handles a webhook. Answers 200 when everything that follows from the event is done, even if that is
  // nothing; 503 if a worker did not answer in time, so that LiveKit's repetition tries again; 401 or 400, as
  // livekit::status_of() says, and then nothing has changed. The request must outlive the coroutine.
  boost::asio::awaitable<http::Response> on_webhook(const http::Request& request, Now now);
  // Exchanges an access token for ICE servers, as livekit::exchange_token(). The query may name a region,
  // `region=NAME`. Answers 429 beyond the limit of the client's address. Refused requests have a limit of
  // their own, so that valid tokens are served whatever others at that address send.
  http::Response on_ice_servers(const http::Request& request, const Now& now);

  // Ends users who are missing in LiveKit's lists, as livekit::RoomRegistry::reconcile() says. Users of the
  // configuration are never ended, whatever their names.
  boost::asio::awaitable<void> reconcile(const Census& census, Now now);
  // Notes that a census has failed.
  void on_no_census();
  // Forgets who was missing, because another server takes the census from now on.
  void rest() { registry_.forget_absences(); }
  const livekit::ServiceCounters& counters() const { return counters_; }
  // Returns the first configured API key, which signs requests to LiveKit; nullopt if there is none.
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
  AnswerLimiter refusal_limiter_;  // refused tokens
  turn::Ledger& ledger_;
  livekit::RoomRegistry& registry_;
  Accounting& accounting_;
  Revoke revoke_;
  Sharing sharing_;
  FindUrls find_urls_;
  livekit::ServiceCounters counters_;
  livekit::AgeingMap<std::vector<livekit::Revocation>> late_;  // by event id
};

}  // namespace turnpike::sfu
