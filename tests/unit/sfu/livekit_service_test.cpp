// Webhooks and the token exchange over HTTP: who is revoked, barred and lifted, and what is answered.
#include "turnpike/sfu/livekit_service.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <set>

#include "shell/await.hpp"
#include "turnpike/livekit/access_token.hpp"
#include "turnpike/livekit/bound_user.hpp"
#include "turnpike/livekit/news.hpp"
#include "turnpike/net/clock.hpp"
#include "unit/livekit/signed_webhook.hpp"

namespace turnpike::sfu {
namespace {

using namespace shell;

namespace asio = boost::asio;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Strings = std::vector<std::string>;

const Now kNow{TimePoint(std::chrono::seconds(5000)), 1750000000};

config::Config config_with_everything() {
  config::Config config;
  config.credentials.livekit_keys = {{"APIkey", "secret"}};
  config.livekit.webhook = true;
  config.livekit.ice_urls = {"turn:turn.example.org:3478?transport=udp"};
  config.livekit.cors_origins = {"https://meet.example.org"};
  config.livekit.exchanges_per_second_per_ip = 2;
  return config;
}

http::Request signed_webhook(const std::string& body, const std::string& secret = "secret") {
  const std::string authorization = livekit::sign_webhook(body, secret, kNow.unix_s + 300);
  return {.authorization = authorization, .body = body, .from = IpAddress::v4(127, 0, 0, 1)};
}

http::Request event(std::string_view name, std::string_view sid, UnixSeconds created,
                    std::string_view reason = "UNKNOWN_REASON") {
  return signed_webhook(boost::json::serialize(boost::json::object{
      {"event", name},
      {"id", fmt::format("EV_{}_{}", name, sid)},
      {"createdAt", std::to_string(created)},
      {"room", {{"sid", "RM_1"}, {"name", "r1"}}},
      {"participant", {{"sid", sid}, {"identity", "alice"}, {"disconnectReason", reason}}}}));
}

class LiveKitServiceTest : public ::testing::Test {
 protected:
  unsigned hook(const http::Request& request) {
    return await(context_, service_.on_webhook(request, kNow)).status;
  }
  void reconcile(const Census& census, const Now& now) {
    await(context_, [&]() -> asio::awaitable<bool> {
      co_await service_.reconcile(census, now);
      co_return true;
    }());
  }
  bool is_barred(const std::string& user_id) { return ledger_.is_barred(user_id, kNow.monotonic); }
  unsigned exchange(const IpAddress& from, UnixSeconds issued = kNow.unix_s - 60) {
    const boost::json::object claims{{"iss", "APIkey"},
                                     {"sub", "alice"},
                                     {"nbf", issued},
                                     {"exp", kNow.unix_s + 600},
                                     {"video", {{"room", "r1"}, {"roomJoin", true}}}};
    return service_
        .on_ice_servers(
            {.authorization = "Bearer " + livekit::sign_access_token(claims, "secret"), .from = from}, kNow)
        .status;
  }

  config::Config config_ = config_with_everything();
  turn::Ledger ledger_{turn::LedgerOptions{}};
  std::vector<Strings> revoked_;
  std::vector<bool> barred_when_revoked_;
  bool is_late_ = false;  // a worker
  asio::io_context context_;
  livekit::RoomRegistry registry_{livekit::RegistryOptions{}};
  relay::Meters meters_{0, 1};
  Accounting accounting_{registry_, ledger_, meters_, []() -> asio::awaitable<void> { co_return; }};
  LiveKitService service_{config_, ledger_, registry_, accounting_,
                          [this](Strings user_ids) { return revoke(std::move(user_ids)); }};

 private:
  asio::awaitable<bool> revoke(Strings user_ids) {
    barred_when_revoked_.push_back(is_barred(user_ids.front()));
    co_await asio::post(context_,
                        asio::use_awaitable);  // an answer that did not wait would be there before the rest
    revoked_.push_back(std::move(user_ids));
    co_return !is_late_;
  }
};

TEST_F(LiveKitServiceTest,
       while_a_worker_is_late_the_answer_is_503_and_the_same_event_ends_the_relays_again) {
  const http::Request left = event("participant_left", "PA_1", kNow.unix_s);
  is_late_ = true;
  EXPECT_EQ(hook(left), 503U);
  EXPECT_EQ(hook(left), 503U);
  is_late_ = false;
  EXPECT_EQ(hook(left), 200U);
  ASSERT_EQ(revoked_.size(), 3U);
  EXPECT_EQ(revoked_[0].front(), "PA_1");
  EXPECT_EQ(revoked_[1], revoked_[0]);
  EXPECT_EQ(revoked_[2], revoked_[0]);
  EXPECT_EQ(hook(left), 200U);
  EXPECT_EQ(revoked_.size(), 3U);
  EXPECT_EQ(service_.counters().webhooks_late, 2U);
  EXPECT_EQ(service_.counters().webhooks_done, 2U);
}

TEST_F(LiveKitServiceTest, who_has_come_back_since_a_worker_was_late_is_left_alone) {
  const http::Request left = event("participant_left", "PA_1", kNow.unix_s);
  is_late_ = true;
  EXPECT_EQ(hook(left), 503U);
  is_late_ = false;
  EXPECT_EQ(hook(event("participant_joined", "PA_1", kNow.unix_s + 1)), 200U);
  EXPECT_EQ(hook(left), 200U);
  EXPECT_FALSE(is_barred("PA_1"));
  EXPECT_EQ(revoked_.size(), 1U);
}

TEST_F(LiveKitServiceTest, who_leaves_is_barred_and_then_revoked_and_lifted_by_joining_later) {
  EXPECT_EQ(hook(event("participant_joined", "PA_1", kNow.unix_s - 5)), 200U);
  EXPECT_THAT(revoked_, IsEmpty());
  EXPECT_EQ(hook(event("participant_left", "PA_1", kNow.unix_s)), 200U);
  ASSERT_EQ(revoked_.size(), 1U);
  EXPECT_EQ(revoked_[0][0], "PA_1");
  EXPECT_TRUE(revoked_[0].at(1).starts_with("RI_"));  // the user of the token exchange, who is not barred
  EXPECT_THAT(barred_when_revoked_, ElementsAre(true));
  EXPECT_FALSE(is_barred(revoked_[0][1]));
  EXPECT_EQ(hook(event("participant_left", "PA_1", kNow.unix_s)), 200U);
  EXPECT_EQ(hook(event("participant_joined", "PA_1", kNow.unix_s - 1)), 200U);
  EXPECT_EQ(revoked_.size(), 1U);
  EXPECT_TRUE(is_barred("PA_1"));
  EXPECT_EQ(hook(event("participant_joined", "PA_1", kNow.unix_s + 1)), 200U);
  EXPECT_FALSE(is_barred("PA_1"));
}

TEST_F(LiveKitServiceTest, who_is_removed_is_barred_with_every_token_that_was_issued_before) {
  const std::string bound_user = livekit::bound_user_id("r1", "alice");
  EXPECT_EQ(hook(event("participant_left", "PA_1", kNow.unix_s - 20, "PARTICIPANT_REMOVED")), 200U);
  EXPECT_TRUE(is_barred(bound_user));
  EXPECT_EQ(exchange(IpAddress::v4(192, 0, 2, 1), kNow.unix_s - 60), 200U);
  EXPECT_TRUE(is_barred(bound_user)) << "LiveKit may let them join, and so they have a credential by then";
  EXPECT_EQ(exchange(IpAddress::v4(192, 0, 2, 1), kNow.unix_s - 19), 200U);
  EXPECT_FALSE(is_barred(bound_user));
}

TEST_F(LiveKitServiceTest, what_is_not_genuine_or_no_event_changes_nothing) {
  const http::Request good = event("participant_left", "PA_1", kNow.unix_s);
  http::Request unsigned_one = good;
  unsigned_one.authorization.clear();
  http::Request other_body = good;
  other_body.body += " ";
  const struct {
    const char* name;
    http::Request request;
    unsigned status;
  } cases[] = {
      {"unsigned", unsigned_one, 401},
      {"another body", other_body, 401},
      {"another secret", signed_webhook(good.body, "other"), 401},
      {"no event", signed_webhook("{}"), 400},
      {"no JSON", signed_webhook("participant_left"), 400},
  };
  for (const auto& c : cases) EXPECT_EQ(hook(c.request), c.status) << c.name;
  EXPECT_THAT(revoked_, IsEmpty());
  EXPECT_FALSE(is_barred("PA_1"));
  const auto& counters = service_.counters();
  EXPECT_EQ(counters.webhooks_done, 0U);
  EXPECT_EQ(counters.webhooks_refused.sum(), std::size(cases));
  EXPECT_EQ(counters.webhooks_refused.of(livekit::WebhookFault::malformed), 2U);
  EXPECT_EQ(counters.webhooks_refused.of(livekit::WebhookFault::wrong_signature), 1U);
}

// What lists mean is RoomRegistry's; here it is who is judged by them.
TEST_F(LiveKitServiceTest,
       reconciliation_ends_participants_who_relay_and_are_not_listed_and_no_configured_user) {
  config_.credentials.users = {{"PA_configured", "password"}};
  service_.reload(config_);
  const Now long_after{kNow.monotonic + std::chrono::seconds(100), kNow.unix_s + 100};
  for (const char* user_id : {"PA_here", "PA_gone", "PA_configured", "somebody"})
    ledger_.claim_place({user_id}, kNow.monotonic);
  ledger_.claim_place({"PA_joining"}, long_after.monotonic);
  const Census census{{{"RM_1", "r1", {{"PA_here", "alice"}}}}, long_after.unix_s, 1};
  reconcile(census, long_after);
  service_.on_no_census();
  reconcile(census, long_after);
  EXPECT_THAT(revoked_, IsEmpty());
  reconcile(census, long_after);
  EXPECT_THAT(revoked_, ElementsAre(Strings{"PA_gone"}));
  EXPECT_THAT(barred_when_revoked_, ElementsAre(true));
  const auto& counters = service_.counters();
  EXPECT_EQ(counters.reconciliations_done, 3U);
  EXPECT_EQ(counters.reconciliations_failed, 1U);
  EXPECT_EQ(counters.reconciled_users, 1U);
  EXPECT_EQ(counters.reconciled_unix_s, long_after.unix_s);
}

TEST_F(LiveKitServiceTest, a_reload_changes_the_keys) {
  config_.credentials.livekit_keys = {{"APIkey", "other"}};
  service_.reload(config_);
  const http::Request old_key = event("participant_left", "PA_1", kNow.unix_s);
  EXPECT_EQ(hook(old_key), 401U);
  EXPECT_EQ(hook(signed_webhook(old_key.body, "other")), 200U);
  EXPECT_EQ(exchange(IpAddress::v4(192, 0, 2, 1)), 401U);
  ASSERT_TRUE(service_.api_key());
  EXPECT_EQ(service_.api_key()->secret, "other");
}

TEST_F(LiveKitServiceTest, tokens_are_exchanged_at_a_limited_rate_for_each_address_CRED_09) {
  const IpAddress first = IpAddress::v4(192, 0, 2, 1);
  EXPECT_EQ(exchange(first), 200U);
  EXPECT_EQ(exchange(first), 200U);
  EXPECT_EQ(exchange(first), 429U);
  EXPECT_EQ(registry_.find(livekit::bound_user_id("r1", "alice")), (livekit::Membership{"r1", "alice"}));
  EXPECT_EQ(exchange(IpAddress::v4(192, 0, 2, 2)), 200U);
  EXPECT_EQ(service_.on_ice_servers({.from = IpAddress::v4(192, 0, 2, 3)}, kNow).content_type,
            "application/json");
}

TEST_F(LiveKitServiceTest, urls_are_those_for_the_region_and_the_address_of_who_shows_a_good_token) {
  const boost::json::object claims{{"iss", "APIkey"},
                                   {"sub", "alice"},
                                   {"exp", kNow.unix_s + 600},
                                   {"video", {{"room", "r1"}, {"roomJoin", true}}}};
  const std::string good = "Bearer " + livekit::sign_access_token(claims, "secret");
  std::uint8_t host = 0;
  const auto urls = [&](const std::string& authorization, const std::string& query) {
    const auto answer = service_.on_ice_servers(
        {.query = query, .authorization = authorization, .from = IpAddress::v4(192, 0, 2, ++host)}, kNow);
    const auto object = boost::json::parse(answer.body).as_object();
    return object.contains("urls") ? boost::json::serialize(object.at("urls"))
                                   : std::to_string(answer.status);
  };
  const std::string configured = boost::json::serialize(
      boost::json::array(config_.livekit.ice_urls.begin(), config_.livekit.ice_urls.end()));
  EXPECT_EQ(urls(good, "region=eu"), configured);
  Strings asked;
  service_.find_urls_by([&](std::string_view region, const IpAddress& client) {
    asked.push_back(fmt::format("{} {}", region, client.to_string()));
    return region == "none" ? Strings{} : Strings{"turn:near.example.org"};
  });
  EXPECT_EQ(urls(good, "a=b&region=eu&region=us"), R"(["turn:near.example.org"])");
  EXPECT_EQ(urls(good, ""), R"(["turn:near.example.org"])");
  EXPECT_EQ(urls(good, "aregion=eu&&region"), R"(["turn:near.example.org"])");
  EXPECT_EQ(urls(good, "region=none"), configured);
  EXPECT_EQ(urls("Bearer x", "region=eu"), "401");
  EXPECT_THAT(asked, ElementsAre("eu 192.0.2.2", " 192.0.2.3", " 192.0.2.4", "none 192.0.2.5"));
}

TEST_F(LiveKitServiceTest, rubbish_does_not_spend_what_valid_tokens_may) {
  const IpAddress address = IpAddress::v4(198, 18, 0, 1);
  const auto refused = [&] { return service_.on_ice_servers({.from = address}, kNow).status; };
  EXPECT_EQ(refused(), 401U);
  EXPECT_EQ(refused(), 401U);
  EXPECT_EQ(refused(), 429U);
  EXPECT_EQ(exchange(address), 200U);
  EXPECT_EQ(exchange(address), 200U);
  EXPECT_EQ(exchange(address), 429U);
  const auto& exchanges = service_.counters().exchanges;
  EXPECT_EQ(exchanges.of(livekit::ExchangeOutcome::refused), 2U);
  EXPECT_EQ(exchanges.of(livekit::ExchangeOutcome::granted), 2U);
  EXPECT_EQ(exchanges.of(livekit::ExchangeOutcome::limited), 2U);
}

// Two servers: what one tells, the other hears.
class SharedLiveKitTest : public LiveKitServiceTest {
 protected:
  SharedLiveKitTest() {
    service_.share({.bar =
                        [this](const auto& user, Duration life, UnixSeconds said) {
                          said_.push_back(fmt::format("bar {} {}", user, said));
                          EXPECT_GT(life, Duration{});
                          if (counts_) barred_.insert(user);
                          return counts_;
                        },
                    .lift =
                        [this](const auto& user, UnixSeconds said) {
                          said_.push_back(fmt::format("lift {} {}", user, said));
                          if (counts_) barred_.erase(user);
                          return counts_;
                        },
                    .is_barred = [this](const auto& user) { return barred_.contains(user); },
                    .tell = [this](auto news) { told_.push_back(std::move(news)); }});
  }
  void hear(const std::string& news) {
    await(context_, [&]() -> asio::awaitable<bool> {
      co_await service_.on_news(news, kNow);
      co_return true;
    }());
  }

  bool counts_ = true;  // nothing later was said
  std::set<std::string> barred_;
  Strings said_, told_;
  const std::string bound_ = livekit::bound_user_id("r1", "alice");
};

TEST_F(SharedLiveKitTest, what_follows_from_a_webhook_is_said_with_the_time_of_its_event_and_the_event_told) {
  EXPECT_EQ(hook(event("participant_left", "PA_1", 1749999990, "PARTICIPANT_REMOVED")), 200U);
  EXPECT_THAT(said_, ElementsAre("bar PA_1 1749999990", "bar " + bound_ + " 1749999990"));
  EXPECT_TRUE(is_barred("PA_1") && is_barred(bound_));
  ASSERT_EQ(told_.size(), 1U);
  const auto news = livekit::read_news(told_[0]);
  ASSERT_TRUE(news);
  EXPECT_EQ(std::get<livekit::WebhookEvent>(*news).participant_sid, "PA_1");
  EXPECT_EQ(hook(event("track_published", "PA_2", 1749999991)), 200U);
  EXPECT_EQ(told_.size(), 1U) << "it means nothing";
}

TEST_F(SharedLiveKitTest, where_something_later_was_said_nobody_is_barred) {
  counts_ = false;
  EXPECT_EQ(hook(event("participant_left", "PA_1", 1749999990)), 200U);
  EXPECT_FALSE(is_barred("PA_1"));
  EXPECT_THAT(revoked_, ElementsAre(Strings{bound_})) << "who leaves is not barred as bound user";
  barred_.insert("PA_2");
  EXPECT_EQ(hook(event("participant_left", "PA_2", 1749999990)), 200U);
  EXPECT_TRUE(is_barred("PA_2")) << "the same was said by another server";
}

TEST_F(SharedLiveKitTest, what_another_server_tells_ends_relays_and_is_not_said_again) {
  livekit::WebhookEvent left{
      livekit::Meaning::left, "EV_1", "participant_left", 1749999990, "RM_1", "r1", "PA_1", "alice",
      "CLIENT_INITIATED"};
  barred_.insert("PA_1");  // what it says about users comes before
  hear(livekit::write_news(left));
  EXPECT_THAT(revoked_, ElementsAre(Strings{"PA_1", bound_}));
  EXPECT_TRUE(is_barred("PA_1"));
  left.participant_sid = "PA_2";
  hear(livekit::write_news(left));
  EXPECT_FALSE(is_barred("PA_2")) << "something later was said there";
  hear("nonsense");
  EXPECT_THAT(said_, IsEmpty());
  EXPECT_THAT(told_, IsEmpty());
}

TEST_F(SharedLiveKitTest, who_comes_back_is_lifted_though_only_another_server_has_heard_of_the_removal) {
  barred_.insert(bound_);
  ledger_.bar(bound_, kNow.monotonic + std::chrono::hours(1));
  EXPECT_EQ(hook(event("participant_joined", "PA_2", 1749999995)), 200U);
  EXPECT_FALSE(is_barred(bound_));
  barred_.insert(bound_);
  ledger_.bar(bound_, kNow.monotonic + std::chrono::hours(1));
  EXPECT_EQ(exchange(IpAddress::v4(192, 0, 2, 1)), 200U);
  EXPECT_FALSE(is_barred(bound_));
  EXPECT_THAT(said_, ElementsAre("lift " + bound_ + " 1749999995",
                                 fmt::format("lift {} {}", bound_, kNow.unix_s - 60)));
  EXPECT_EQ(told_.size(), 2U);
}

// The token was issued after the removal that arrives late, and the other server knows.
TEST_F(SharedLiveKitTest, whom_another_server_expects_is_not_ended_by_an_earlier_event) {
  hear(livekit::write_news(livekit::Expectation{{"r1", "alice"}, 1749999999}));
  EXPECT_EQ(hook(event("participant_left", "PA_1", 1749999990)), 200U);
  EXPECT_THAT(revoked_, ElementsAre(Strings{"PA_1"}));
}

TEST_F(LiveKitServiceTest, a_server_that_rests_begins_anew_with_the_lists) {
  EXPECT_EQ(hook(event("participant_joined", "PA_1", 1749999000)), 200U);
  const auto later = [](int s) { return Now{kNow.monotonic + std::chrono::seconds(s), kNow.unix_s + s}; };
  reconcile({{}, kNow.unix_s + 1, 0}, later(1));
  service_.rest();
  reconcile({{}, kNow.unix_s + 2, 0}, later(2));
  EXPECT_THAT(revoked_, IsEmpty());
  reconcile({{}, kNow.unix_s + 3, 0}, later(3));
  EXPECT_THAT(revoked_, ElementsAre(Strings{"PA_1"}));
}

TEST_F(LiveKitServiceTest, a_webhook_is_vouched_for_by_the_token_of_its_head) {
  const auto routes = service_.routes(config_.livekit);
  const http::Vouch& vouch = routes[0].vouch;
  const UnixSeconds now = net::read_clock().unix_s;
  const auto head = [&](const std::string& secret, UnixSeconds expires) {
    return http::Request{.authorization = livekit::sign_webhook("{}", secret, expires)};
  };
  EXPECT_TRUE(vouch(head("secret", now + 300)));
  EXPECT_FALSE(vouch(head("other", now + 300)));
  EXPECT_FALSE(vouch(head("secret", now - 300)));
  EXPECT_FALSE(vouch({}));
  const std::string of_participant =
      livekit::sign_access_token({{"iss", "APIkey"}, {"exp", now + 300}, {"sub", "alice"}}, "secret");
  EXPECT_FALSE(vouch({.authorization = of_participant})) << "a participant's own token keeps no place";
  EXPECT_FALSE(routes[1].vouch);
}

TEST_F(LiveKitServiceTest, only_what_is_configured_is_served) {
  const auto paths_of = [&](const config::LiveKitConfig& config) {
    Strings paths;
    for (const auto& route : service_.routes(config)) paths.push_back(route.method + " " + route.path);
    return paths;
  };
  config::LiveKitConfig config = config_.livekit;
  EXPECT_THAT(paths_of(config), ElementsAre("POST /livekit/webhook", "POST /livekit/ice-servers"));
  EXPECT_FALSE(service_.routes(config)[0].cors.allows("https://meet.example.org"));
  EXPECT_TRUE(service_.routes(config)[1].cors.allows("https://meet.example.org"));
  config.webhook = false;
  EXPECT_THAT(paths_of(config), ElementsAre("POST /livekit/ice-servers"));
  EXPECT_THAT(paths_of(config::LiveKitConfig{}), IsEmpty());
}

}  // namespace
}  // namespace turnpike::sfu
