// Nodes whose ledgers and meters are joined by a model of Redis: who holds how many places, who relays how
// much, and what is given back.
#include "turnpike/node/shared_quotas.hpp"

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "unit/fleet/model_redis.hpp"
#include "unit/fleet/nodes.hpp"

namespace turnpike::node {
namespace {

using fleet::test::ModelRedis;
using std::chrono::milliseconds;
using std::chrono::seconds;
using turn::Quota;

constexpr QuotaLimits kLimits{3, 2, 1'000'000, 2'000'000};
constexpr std::size_t kPacket = 1000;

turn::LedgerOptions ledger_options(const QuotaLimits& limits) {
  turn::LedgerOptions options;
  options.ports = {50000, 50009};
  options.allocations_per_user_max = limits.places_per_user;
  options.allocations_per_shared_user_max = limits.places_per_shared_user;
  options.meters_max = 16;
  return options;
}

struct Node {
  explicit Node(unsigned number, const QuotaLimits& limits)
      : random(number),
        fleet(std::make_unique<fleet::Fleet>(fleet::FleetOptions{.secret = "secret"}, random)),
        ledger(ledger_options(limits)),
        meters({limits.bytes_per_second_per_user, limits.bytes_per_second_per_room}, 16) {
    fleet->describe(fleet::test::node(number));
    quotas.emplace(
        [this]() -> fleet::Fleet& { return *fleet; }, ledger, meters,
        SharedQuotas::Rooms{[this](relay::RoomNumber room) { return std::string_view(rooms.at(room)); },
                            [] { return relay::RoomNumber{3}; }},
        SharedQuotas::Ends{[this](const GivenBack& each) { given_back.push_back(each); },
                           [this](const std::string& user, std::uint32_t places) {
                             for (; places > 0 && silent > 0; --places, --silent)
                               ledger.give_place_back(user);
                           }},
        limits);
  }

  SeededRandom random;
  std::unique_ptr<fleet::Fleet> fleet;
  turn::Ledger ledger;
  relay::Meters meters;
  std::array<std::string, 4> rooms;
  std::vector<GivenBack> given_back;
  std::uint32_t silent = 0;  // of the places that somebody holds, those whose clients have left
  std::optional<SharedQuotas> quotas;
  std::map<std::string, std::uint64_t> sends;  // bytes a second, that the user would
  std::map<std::string, std::uint64_t> relayed;
};

class SharedQuotasTest : public ::testing::Test {
 protected:
  void begin(unsigned nodes, const QuotaLimits& limits = kLimits) {
    for (unsigned i = 0; i < nodes; ++i) {
      nodes_.push_back(std::make_unique<Node>(i + 1, limits));
      redis_.lines.push_back(std::make_unique<ModelRedis::Line>());
      redis_.lines[i]->fleet = nodes_[i]->fleet.get();
      redis_.connect(*redis_.lines[i]);
      timeline_.after(milliseconds(7 * i), [=, this] { tick(i); });
      timeline_.after(milliseconds(1), [=, this] { relay(i); });
    }
    live(seconds(7));  // all have heard of all
  }
  void live(Duration duration) {
    for (const TimePoint end = timeline_.now() + duration; timeline_.step(end);) continue;
  }
  Node& node(unsigned i) { return *nodes_[i]; }
  Quota take(unsigned i, const turn::Tenant& tenant = {"alice"}) {
    return node(i).ledger.take_places(tenant, 1, timeline_.now());
  }
  std::uint32_t held() {
    std::uint32_t sum = 0;
    for (const auto& each : nodes_) sum += each->ledger.held_by("alice");
    return sum;
  }
  void cut(unsigned i) { redis_.cut(*redis_.lines[i]); }
  void connect(unsigned i) { redis_.connect(*redis_.lines[i]); }
  // Bytes a second that all nodes relay for the user in so long.
  double rate(const std::string& user, Duration duration) {
    std::uint64_t before = 0, after = 0;
    for (const auto& each : nodes_) before += each->relayed[user];
    live(duration);
    for (const auto& each : nodes_) after += each->relayed[user];
    return static_cast<double>(after - before) / std::chrono::duration<double>(duration).count();
  }

  void tick(unsigned i) {
    const Now now = redis_.now(*redis_.lines[i]);
    node(i).fleet->tick(now);
    node(i).quotas->tick(now);
    redis_.send(*redis_.lines[i]);
    timeline_.after(milliseconds(100), [=, this] { tick(i); });
  }
  void relay(unsigned i) {
    constexpr auto kEvery = milliseconds(10);
    for (const auto& [user, rate] : node(i).sends) {
      const relay::MeterId meter = node(i).ledger.meter_of(user);
      for (std::size_t sent = 0; sent < rate / 100; sent += kPacket)
        node(i).relayed[user] += node(i).meters.admit(meter, kPacket, timeline_.now()) ? kPacket : 0;
    }
    timeline_.after(kEvery, [=, this] { relay(i); });
  }

  sim::Timeline timeline_;
  sim::Dice dice_{1};
  ModelRedis redis_{timeline_, dice_};
  std::vector<std::unique_ptr<Node>> nodes_;
};

TEST_F(SharedQuotasTest, a_user_has_so_many_places_on_all_nodes_together_and_what_is_freed_is_free_for_all) {
  begin(3);
  for (unsigned i = 0; i < 3; ++i) {
    EXPECT_EQ(take(i), Quota::granted) << i;
    live(milliseconds(300));
  }
  for (unsigned i = 0; i < 3; ++i) EXPECT_EQ(take(i), Quota::user_full) << i;
  EXPECT_EQ(take(0, {"bob"}), Quota::granted);
  node(1).ledger.give_place_back("alice");
  live(milliseconds(300));
  EXPECT_EQ(take(2), Quota::granted);
  EXPECT_EQ(node(0).quotas->counts().users_elsewhere, 1U);
  EXPECT_EQ(node(1).quotas->counts().users_elsewhere, 2U);
}

TEST_F(SharedQuotasTest, names_that_many_share_have_their_limit_on_all_nodes_together) {
  begin(2);
  const turn::Tenant all{"all", turn::NameKind::shared};
  for (int i = 0; i < 2; ++i) EXPECT_EQ(take(0, all), Quota::granted);
  live(milliseconds(300));
  EXPECT_EQ(take(1, all), Quota::user_full);
}

TEST_F(SharedQuotasTest, a_node_that_is_cut_off_counts_the_others_for_15_seconds_and_then_itself_alone) {
  begin(2);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(take(0), Quota::granted);
  live(milliseconds(300));
  cut(1);
  live(seconds(9));
  EXPECT_EQ(take(1), Quota::user_full);
  live(seconds(7));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(take(1), Quota::granted);
  EXPECT_EQ(take(1), Quota::user_full);
  connect(1);
  live(seconds(12));
  EXPECT_EQ(take(0), Quota::user_full);
  EXPECT_EQ(held(), 6U) << "an outage ends no call";
  EXPECT_TRUE(node(0).given_back.empty() && node(1).given_back.empty());
}

TEST_F(SharedQuotasTest, what_nodes_grant_at_once_is_given_back_down_to_the_limit) {
  begin(3);
  for (unsigned i = 0; i < 3; ++i) {
    for (int each = 0; each < 3; ++each) EXPECT_EQ(take(i), Quota::granted);
  }
  const TimePoint asked = timeline_.now();
  live(seconds(3));
  for (const auto& each : nodes_) {
    for (const GivenBack& given_back : each->given_back) {
      EXPECT_EQ(given_back.user_id, "alice");
      EXPECT_NEAR(std::chrono::duration<double>(given_back.since - asked).count(), 0, 0.11);
      for (std::uint32_t i = 0; i < given_back.places; ++i) each->ledger.give_place_back("alice");
    }
  }
  EXPECT_EQ(held(), 3U);
  std::uint64_t counted = 0;
  for (const auto& each : nodes_) counted += each->quotas->counts().given_back;
  EXPECT_EQ(counted, 6U);
  for (const auto& each : nodes_) each->given_back.clear();
  live(seconds(5));
  for (const auto& each : nodes_) EXPECT_TRUE(each->given_back.empty());
}

TEST_F(SharedQuotasTest, what_was_granted_long_before_is_not_given_back) {
  begin(2);
  for (unsigned i = 0; i < 2; ++i) EXPECT_EQ(take(i), Quota::granted);
  live(seconds(3));
  for (unsigned i = 0; i < 2; ++i) EXPECT_EQ(take(i), Quota::granted);
  live(seconds(3));
  std::uint32_t sum = 0;
  for (const auto& each : nodes_) {
    for (const GivenBack& given_back : each->given_back) sum += given_back.places;
  }
  EXPECT_EQ(sum, 1U) << "of four, and a limit of three";
}

TEST_F(SharedQuotasTest, whoever_has_too_much_by_a_new_limit_keeps_it) {
  begin(2);
  for (unsigned i = 0; i < 2; ++i) EXPECT_EQ(take(i), Quota::granted);
  live(milliseconds(300));
  QuotaLimits fewer = kLimits;
  fewer.places_per_user = 1;
  for (const auto& each : nodes_) {
    each->ledger.set_places({.per_user_max = 1, .meters_max = 16});
    each->quotas->set_limits(fewer);
  }
  live(seconds(5));
  for (const auto& each : nodes_) EXPECT_TRUE(each->given_back.empty());
  EXPECT_EQ(take(0), Quota::user_full);
}

TEST_F(SharedQuotasTest, room_is_made_by_other_nodes_whose_clients_are_silent) {
  begin(3);
  for (int i = 0; i < 2; ++i) EXPECT_EQ(take(0), Quota::granted);
  EXPECT_EQ(take(2), Quota::granted);
  live(milliseconds(300));
  const struct {
    const char* name;
    std::uint32_t silent;
    milliseconds within, longer_than;
    Quota expected;
  } table[] = {{"nobody is silent", 0, milliseconds(1150), milliseconds(900), Quota::user_full},
               {"one of two", 1, milliseconds(500), milliseconds(0), Quota::granted}};
  for (const auto& [name, silent, within, longer_than, expected] : table) {
    node(0).silent = silent;
    std::optional<TimePoint> done;
    const TimePoint asked = timeline_.now();
    node(1).quotas->make_room(
        "alice", 1, [&] { done = timeline_.now(); }, asked);
    live(within);
    ASSERT_TRUE(done) << name;
    EXPECT_GE(*done - asked, longer_than) << name;
    EXPECT_EQ(take(1), expected) << name;
    bool is_done_at_once = false;
    node(1).quotas->make_room(
        "alice", 1, [&] { is_done_at_once = true; }, timeline_.now());
    EXPECT_TRUE(is_done_at_once) << "it was asked for lately";
    live(seconds(11));
  }
  EXPECT_EQ(held(), 3U);
  EXPECT_EQ(node(0).ledger.held_by("alice"), 1U);
}

TEST_F(SharedQuotasTest, where_nobody_can_make_room_nobody_waits) {
  begin(2);
  int done = 0;
  const auto ask = [&] {
    node(0).quotas->make_room(
        "alice", 1, [&] { ++done; }, timeline_.now());
  };
  ask();
  EXPECT_EQ(done, 1) << "no other node holds any";
  EXPECT_EQ(take(1), Quota::granted);
  live(milliseconds(300));
  ask();
  EXPECT_EQ(done, 1);
  node(0).quotas->renew();
  EXPECT_EQ(done, 2) << "whoever waits is told when the fleet is no more";
  ask();
  EXPECT_EQ(done, 3);
}

TEST_F(SharedQuotasTest, two_nodes_relay_together_what_one_would) {
  begin(2);
  for (unsigned i = 0; i < 2; ++i) {
    ASSERT_EQ(take(i), Quota::granted);
    ASSERT_EQ(take(i, {"bob" + std::to_string(i)}), Quota::granted);
    node(i).sends = {{"alice", 5'000'000}, {"bob" + std::to_string(i), 5'000'000}};
  }
  live(seconds(4));
  EXPECT_EQ(node(0).quotas->counts().users_sharing, 1U);
  const double together = rate("alice", seconds(10));
  EXPECT_LE(together, 1.25 * 1'000'000);
  EXPECT_GE(together, 0.75 * 1'000'000);
  EXPECT_NEAR(rate("bob0", seconds(2)), 1'000'000, 50'000) << "who is here alone has all of it";
  node(1).sends.clear();
  live(seconds(20));
  EXPECT_NEAR(rate("alice", seconds(2)), 1'000'000, 50'000);
  EXPECT_EQ(node(0).quotas->counts().users_sharing, 0U);
}

TEST_F(SharedQuotasTest, who_stops_and_begins_again_does_not_find_the_whole_limit_on_each_node) {
  begin(3);
  for (unsigned i = 0; i < 3; ++i) ASSERT_EQ(take(i), Quota::granted);
  double together = 0;
  constexpr int kRounds = 10;
  for (int round = 0; round < kRounds; ++round) {
    for (const auto& each : nodes_) each->sends = {{"alice", 5'000'000}};
    const double begun = 2 * rate("alice", seconds(2));
    for (const auto& each : nodes_) each->sends.clear();
    live(seconds(3));
    if (round > 0) together += begun;
  }
  EXPECT_LE(together, 1.25 * 1'000'000 * 5 * (kRounds - 1));
}

TEST_F(SharedQuotasTest, users_who_change_their_meters_between_two_ticks_are_told_apart) {
  begin(2);
  ASSERT_EQ(take(0), Quota::granted);
  ASSERT_EQ(take(1), Quota::granted);
  const relay::MeterId meter = node(0).ledger.meter_of("alice");
  live(milliseconds(300));
  node(0).ledger.give_place_back("alice");
  ASSERT_EQ(take(0, {"bob"}), Quota::granted);
  ASSERT_EQ(take(0), Quota::granted);
  ASSERT_EQ(node(0).ledger.meter_of("bob"), meter);
  for (unsigned i = 0; i < 2; ++i) node(i).sends = {{"alice", 5'000'000}, {"bob", 5'000'000}};
  live(seconds(4));
  EXPECT_LE(rate("alice", seconds(4)), 1.25 * 1'000'000);
  EXPECT_EQ(node(0).fleet->user_budgets().own().size(), 2U);
}

TEST_F(SharedQuotasTest, a_room_on_two_nodes_has_one_budget) {
  QuotaLimits limits = kLimits;
  limits.bytes_per_second_per_user = 0;
  begin(2, limits);
  for (unsigned i = 0; i < 2; ++i) {
    ASSERT_EQ(take(i), Quota::granted);
    const relay::RoomNumber room = 1 + 2 * i;  // they have other numbers for it
    node(i).meters.put_in_room(node(i).ledger.meter_of("alice"), room);
    node(i).rooms[room] = "lobby";
    node(i).sends = {{"alice", 5'000'000}};
  }
  live(seconds(4));
  EXPECT_EQ(node(0).quotas->counts().rooms_sharing, 1U);
  const double together = rate("alice", seconds(10));
  EXPECT_LE(together, 1.25 * 2'000'000);
  EXPECT_GE(together, 0.75 * 2'000'000);
  for (const auto& each : nodes_) each->rooms = {};
  live(seconds(1));
  EXPECT_EQ(node(0).quotas->counts().rooms_sharing, 0U);
}

TEST_F(SharedQuotasTest, while_redis_is_away_each_node_has_the_whole_limit) {
  begin(2);
  for (unsigned i = 0; i < 2; ++i) {
    ASSERT_EQ(take(i), Quota::granted);
    node(i).sends = {{"alice", 5'000'000}};
  }
  live(seconds(4));
  ASSERT_EQ(node(1).quotas->counts().users_sharing, 1U);
  cut(0), cut(1);
  live(seconds(17));
  EXPECT_EQ(node(1).quotas->counts(), SharedQuotas::Counts{});
  EXPECT_NEAR(rate("alice", seconds(4)), 2'000'000, 100'000);
  connect(0), connect(1);
  live(seconds(8));
  EXPECT_LE(rate("alice", seconds(4)), 1.25 * 1'000'000);
}

TEST_F(SharedQuotasTest, in_another_fleet_nothing_is_known_of_the_first) {
  begin(2);
  for (unsigned i = 0; i < 2; ++i) {
    ASSERT_EQ(take(i), Quota::granted);
    node(i).sends = {{"alice", 5'000'000}};
  }
  live(seconds(4));
  ASSERT_EQ(node(0).quotas->counts().users_elsewhere, 1U);
  cut(0);
  const auto before =
      std::exchange(node(0).fleet,
                    std::make_unique<fleet::Fleet>(fleet::FleetOptions{.secret = "another"}, node(0).random));
  node(0).fleet->describe(fleet::test::node(9));
  redis_.lines[0]->fleet = node(0).fleet.get();
  node(0).quotas->renew();
  EXPECT_EQ(node(0).quotas->counts(), SharedQuotas::Counts{});
  node(0).quotas->renew();
  connect(0);
  before->places().others().on_gone(fleet::test::node_id(2));  // of which nobody wants to hear any more
  live(seconds(20));
  EXPECT_EQ(node(0).quotas->counts(), SharedQuotas::Counts{});
  EXPECT_EQ(node(1).quotas->counts(), SharedQuotas::Counts{});
  EXPECT_EQ(node(0).fleet->places().own().size(), 1U) << "what it holds it tells the new one";
  EXPECT_NEAR(rate("alice", seconds(4)), 2'000'000, 100'000);
}

TEST_F(SharedQuotasTest, a_new_limit_holds_at_once) {
  begin(2);
  for (unsigned i = 0; i < 2; ++i) {
    ASSERT_EQ(take(i), Quota::granted);
    node(i).sends = {{"alice", 5'000'000}};
  }
  live(seconds(4));
  QuotaLimits less = kLimits;
  less.bytes_per_second_per_user = 200'000;
  for (const auto& each : nodes_) {
    each->meters.set_rates(less.bytes_per_second_per_user, less.bytes_per_second_per_room);
    each->quotas->set_limits(less);
  }
  EXPECT_LE(rate("alice", seconds(4)), 1.25 * 200'000);
  for (const auto& each : nodes_) {
    each->meters.set_rates(0, 0);
    each->quotas->set_limits({3, 2, 0, 0});
  }
  live(seconds(2));
  EXPECT_EQ(node(0).quotas->counts().users_sharing, 0U);
  EXPECT_NEAR(rate("alice", seconds(2)), 10'000'000, 100'000);
}

}  // namespace
}  // namespace turnpike::node
