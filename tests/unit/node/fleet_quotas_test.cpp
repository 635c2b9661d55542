// The quotas of a process: without a fleet they are its own, and with one the service's ticks drive them.
#include "turnpike/node/fleet_quotas.hpp"

#include <gtest/gtest.h>

#include "shell/support.hpp"
#include "turnpike/base/random.hpp"

namespace turnpike::node {
namespace {

using turn::Quota;

constexpr TimePoint kNow{std::chrono::seconds(5000)};

class FleetQuotasTest : public ::testing::Test {
 protected:
  FleetQuotasTest() {
    config_.workers = 1;
    config_.listen.tls.clear();
    config_.limits.allocations_per_user = 2;
    config_.limits.bytes_per_second_per_user = 1000;
  }

  boost::asio::io_context context_;
  config::Config config_ = shell::loopback_config();
  SeededRandom random_{1};
};

SharedQuotas::Rooms no_rooms() {
  return {[](relay::RoomNumber) { return std::string_view(); }, [] { return relay::RoomNumber{0}; }};
}

TEST(FleetQuotas, have_the_limits_of_the_configuration) {
  config::LimitsConfig limits;
  limits.allocations_per_user = 1;
  limits.allocations_per_shared_user = 2;
  limits.bytes_per_second_per_user = 3;
  limits.bytes_per_second_per_room = 4;
  EXPECT_EQ(quota_limits(limits), (QuotaLimits{1, 2, 3, 4}));
}

TEST_F(FleetQuotasTest, without_a_fleet_are_the_nodes_own) {
  worker::WorkerPool workers(config_, {IpAddress::v4(127, 0, 0, 1)}, nullptr);
  FleetService service(context_, config_, random_);
  FleetQuotas quotas(context_, service, workers, no_rooms(), config_.limits);
  service.start();
  context_.run_for(std::chrono::milliseconds(150));
  for (int i = 0; i < 2; ++i) EXPECT_EQ(workers.ledger().take_places({"alice"}, 1, kNow), Quota::granted);
  EXPECT_EQ(workers.ledger().take_places({"alice"}, 1, kNow), Quota::user_full);
  EXPECT_EQ(service.fleet().places().own().size(), 0U);
  EXPECT_TRUE(workers.ledger().take_holding_changes().holdings.empty()) << "nobody watches";
  quotas.reload(config_.limits);
  EXPECT_EQ(quotas.counts(), SharedQuotas::Counts{});
}

TEST_F(FleetQuotasTest, of_a_fleet_are_told_while_redis_is_away_until_a_reload_takes_it_out) {
  config_.fleet.secret = "a secret of 32 bytes for a fleet";
  config::Config with_redis = config_;
  with_redis.fleet.redis.url = "redis://127.0.0.1:1";
  worker::WorkerPool workers(config_, {IpAddress::v4(127, 0, 0, 1)}, nullptr);
  FleetService service(context_, with_redis, random_);
  FleetQuotas quotas(context_, service, workers, no_rooms(), config_.limits);
  EXPECT_EQ(workers.ledger().take_places({"alice"}, 1, kNow), Quota::granted);
  service.start();
  context_.run_for(std::chrono::milliseconds(150));
  EXPECT_EQ(service.fleet().places().own().size(), 1U);
  EXPECT_EQ(service.fleet().user_budgets().limit(), 1000U);
  service.reload(config_);
  EXPECT_EQ(workers.ledger().take_places({"alice"}, 1, kNow), Quota::granted);
  EXPECT_TRUE(workers.ledger().take_holding_changes().holdings.empty()) << "nobody watches any more";
}

}  // namespace
}  // namespace turnpike::node
