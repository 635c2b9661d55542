// Accounts from reports to answers and log lines, and which budget a user is put under.
#include "turnpike/sfu/accounting.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "shell/await.hpp"
#include "shell/support.hpp"
#include "turnpike/log/log.hpp"

namespace turnpike::sfu {
namespace {

using namespace shell;

namespace asio = boost::asio;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr UnixSeconds kNow_s = 1750000000;

class AccountingTest : public ::testing::Test {
 protected:
  static constexpr std::uint64_t kRoomBytes = 1000;

  AccountingTest() { log::open({.file = folder_.path("log")}); }
  ~AccountingTest() override { log::open({}); }

  void join(const std::string& sid, const std::string& room) {
    livekit::WebhookEvent event{
        livekit::Meaning::joined, "", "", kNow_s, "RM_" + room, room, sid, sid + "'s", ""};
    registry_.on_event(event, {clock_now(), kNow_s});
  }
  // A place in the quota, and with it a meter.
  relay::MeterId begin(const std::string& user_id) {
    EXPECT_EQ(ledger_.take_places({user_id}, 1, clock_now()), turn::Quota::granted);
    accounting_.place(user_id);
    return ledger_.meter_of(user_id);
  }
  bool passes(relay::MeterId meter, std::size_t bytes) { return meters_.admit(meter, bytes, now_); }

  TemporaryFolder folder_;
  asio::io_context context_;
  livekit::RoomRegistry registry_{livekit::RegistryOptions{}};
  turn::Ledger ledger_{turn::LedgerOptions{.addresses = {}, .ports = {}, .meters_max = 8}};
  relay::Meters meters_{0, 8, kRoomBytes};
  TimePoint now_ = clock_now();
  relay::UsageReport report_;  // what the workers say when they are asked
  Accounting accounting_{registry_, ledger_, meters_, [this]() -> asio::awaitable<void> {
                           accounting_.take(report_);
                           co_return;
                         }};
};

TEST_F(AccountingTest, answers_with_what_the_workers_say_now) {
  const auto routes = accounting_.routes();
  ASSERT_EQ(routes.size(), 1U);
  EXPECT_EQ(routes[0].method + " " + routes[0].path, "GET /rooms");
  const auto& ask = std::get<http::Task>(routes[0].handler);
  join("PA_1", "r1");
  report_.live = {{1, "PA_1", clock_now(), Transport::tls, {1, 100, 2, 200, 0}}};
  const auto first = await(context_, ask({}));
  EXPECT_EQ(first.content_type, "application/json");
  EXPECT_THAT(first.body, HasSubstr(R"("name":"r1")"));
  EXPECT_THAT(first.body, HasSubstr(R"("user":"PA_1","identity":"PA_1's","transports":["tls"])"));
  EXPECT_THAT(first.body, HasSubstr(R"("bytes_to_client":200)"));
  report_.live->front().traffic.bytes_to_client = 300;
  EXPECT_THAT(await(context_, ask({})).body, HasSubstr(R"("bytes_to_client":300)"));
}

TEST_F(AccountingTest, logs_who_left_and_which_room_is_over_if_anything_was_relayed) {
  accounting_.take({0, std::nullopt, {{1, "PA_1", clock_now(), Transport::udp, {1, 100, 2, 200, 3}}}});
  for (const char* sid : {"PA_1", "PA_2"}) accounting_.on_left(sid, {"r1", "alice"});
  for (const char* room : {"r1", "r2"}) accounting_.on_room_over(room);
  const std::string log = folder_.read("log");
  const std::string figures =
      "allocations=1 packets_from_client=1 bytes_from_client=100 packets_to_client=2 bytes_to_client=200 "
      "packets_dropped=3 duration_s=0";
  EXPECT_THAT(log, HasSubstr("participant_usage room=r1 identity=alice user=PA_1 " + figures));
  EXPECT_THAT(log, HasSubstr("room_usage room=r1 participants=1 " + figures));
  EXPECT_THAT(log, Not(HasSubstr("PA_2")));
  EXPECT_THAT(log, Not(HasSubstr("r2")));
}

TEST_F(AccountingTest, users_are_under_the_budget_of_their_room_whenever_it_becomes_known) {
  join("PA_early", "r1");
  const auto early = begin("PA_early");
  const auto late = begin("PA_late");
  EXPECT_TRUE(passes(early, kRoomBytes));
  EXPECT_FALSE(passes(early, 1));
  EXPECT_TRUE(passes(late, 100 * kRoomBytes)) << "nobody knows";
  join("PA_late", "r1");
  accounting_.place("PA_late");
  EXPECT_FALSE(passes(late, 1));
  EXPECT_EQ(accounting_.room_numbers().name_of(1), "r1");
}

TEST_F(AccountingTest, a_reading_finds_out_about_rooms_too) {
  const auto meter = begin("PA_1");
  join("PA_1", "r1");
  report_.live = {{1, "PA_1", clock_now(), Transport::udp, {}}};
  await(context_, std::get<http::Task>(accounting_.routes()[0].handler)({}));
  EXPECT_FALSE(passes(meter, kRoomBytes + 1));
}

TEST_F(AccountingTest, whoever_gets_the_meter_of_another_user_is_in_no_room_by_that) {
  join("PA_1", "r1");
  const auto meter = begin("PA_1");
  ledger_.give_place_back("PA_1");
  ASSERT_EQ(begin("PA_2"), meter);
  EXPECT_TRUE(passes(meter, 100 * kRoomBytes));
}

}  // namespace
}  // namespace turnpike::sfu
