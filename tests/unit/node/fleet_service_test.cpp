// Nodes that share a real Redis, in one thread.
#include "turnpike/node/fleet_service.hpp"

#include <gmock/gmock.h>

#include <csignal>

#include "turnpike/net/clock.hpp"
#include "unit/redis/harness.hpp"
#include "unit/redis/redis_process.hpp"

namespace turnpike::node {
namespace {

using fleet::Authority;
using redis::RedisProcess;
using redis::run_until;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

const std::string kSecret(32, 's'), kOther(32, 'o');

config::Config config_for(std::uint16_t port, const std::string& secret = kSecret,
                          const std::string& previous = "") {
  config::Config config;
  config.fleet.redis.url = "redis://127.0.0.1:" + std::to_string(port);
  config.fleet.secret = secret;
  config.fleet.secret_previous = previous;
  return config;
}

TEST(FleetServiceAlone, nothing_happens_without_redis) {
  boost::asio::io_context context{1};
  SeededRandom random{1};
  FleetService service(context, config::Config{}, random);
  service.on_tick([](const Now&) { FAIL(); });
  service.start();
  service.send();
  EXPECT_EQ(context.poll(), 0U);
  EXPECT_FALSE(service.is_shared());
  EXPECT_FALSE(service.is_connected());
  EXPECT_EQ(service.fleet().nodes(), 1U);
  EXPECT_EQ(service.outstanding(), 0U);
  service.leave();
}

class FleetServiceTest : public ::testing::Test {
 protected:
  struct Node {
    Node(boost::asio::io_context& context, const config::Config& config, Random& random)
        : service(context, config, random) {
      service.on_tick([this](const Now&) {
        for (const auto& each : service.fleet().bars().take_verdicts()) verdicts.push_back(each.user_id);
        for (const auto& each : service.fleet().take_passings()) passages.push_back(each.passage);
      });
      service.start();
    }
    bool is_caught_up() { return service.fleet().bars().is_caught_up(); }

    FleetService service;
    std::vector<std::string> verdicts;
    std::vector<fleet::Passage> passages;
  };

  void SetUp() override {
    if (!RedisProcess::is_installed()) GTEST_SKIP() << "redis-server is not installed";
    server_.emplace(RedisProcess::Options{});
  }
  ~FleetServiceTest() override {
    nodes_.clear();
    redis::run_for(context_, std::chrono::milliseconds(20));
  }
  Node& add(const config::Config& config) {
    return *nodes_.emplace_back(std::make_unique<Node>(context_, config, random_));
  }
  Node& add() { return add(config_for(server_->port())); }
  bool wait(const std::function<bool()>& holds) { return run_until(context_, holds); }
  static void bar(Node& node, const std::string& user_id) {
    EXPECT_TRUE(node.service.fleet().bars().bar(Authority::operators, user_id, std::chrono::hours(1),
                                                std::nullopt, net::read_clock()));
    node.service.send();
  }

  boost::asio::io_context context_{1};
  SeededRandom random_{1};
  std::optional<RedisProcess> server_;
  std::vector<std::unique_ptr<Node>> nodes_;
};

TEST_F(FleetServiceTest, a_word_reaches_who_is_there_and_who_comes_later) {
  Node& a = add();
  Node& b = add();
  ASSERT_TRUE(wait([&] { return a.is_caught_up() && b.is_caught_up() && a.service.fleet().nodes() == 2; }));
  bar(a, "alice");
  EXPECT_TRUE(wait([&] { return !b.verdicts.empty(); }));
  EXPECT_THAT(b.verdicts, ElementsAre("alice"));
  EXPECT_THAT(a.verdicts, IsEmpty());
  Node& late = add();
  EXPECT_TRUE(wait([&] { return !late.verdicts.empty(); }));
  EXPECT_THAT(late.verdicts, ElementsAre("alice"));
  EXPECT_EQ(a.service.connections(), 1U);
}

TEST_F(FleetServiceTest, a_node_that_leaves_is_gone_at_once_and_its_lease_is_free) {
  Node& a = add();
  const auto holds = [](Node& node) {
    return node.service.fleet().reconciliation().is_held(net::read_clock().monotonic);
  };
  ASSERT_TRUE(wait([&] { return holds(a); }));
  Node& b = add();
  ASSERT_TRUE(wait([&] { return b.passages.size() == 1; }));
  EXPECT_FALSE(holds(b));
  a.service.leave();
  EXPECT_FALSE(a.service.is_connected());
  EXPECT_TRUE(wait([&] { return b.passages.size() == 2 && holds(b); }));
  EXPECT_THAT(b.passages, ElementsAre(fleet::Passage::came, fleet::Passage::left));
}

TEST_F(FleetServiceTest, what_was_said_without_redis_is_told_when_it_is_back) {
  Node& a = add();
  Node& b = add();
  std::vector<redis::Cause> causes;
  a.service.on_lost([&](const redis::Failure& failure) { causes.push_back(failure.cause); });
  int connections = 0;
  a.service.on_connected([&] { ++connections; });
  ASSERT_TRUE(wait([&] { return a.is_caught_up() && b.is_caught_up(); }));
  server_->kill();
  ASSERT_TRUE(wait([&] { return !a.service.is_connected() && !b.service.is_connected(); }));
  bar(a, "alice");
  server_->start();
  EXPECT_TRUE(wait([&] { return !b.verdicts.empty(); }));
  EXPECT_THAT(causes, Not(IsEmpty()));
  EXPECT_EQ(a.service.failures().sum(), causes.size());
  EXPECT_GE(connections, 1);
}

TEST_F(FleetServiceTest, fleets_with_other_secrets_do_not_meet) {
  Node& a = add();
  Node& b = add(config_for(server_->port(), kOther));
  ASSERT_TRUE(wait([&] { return a.is_caught_up() && b.is_caught_up(); }));
  bar(a, "alice");
  ASSERT_TRUE(wait([&] { return a.service.outstanding() == 0; }));
  redis::run_for(context_, std::chrono::milliseconds(300));
  EXPECT_THAT(b.verdicts, IsEmpty());
  EXPECT_EQ(b.service.fleet().nodes(), 1U);
}

// With what was not told yet, and to those who still have the old secret.
TEST_F(FleetServiceTest, a_reload_changes_the_secret_and_forgets_nothing) {
  Node& a = add(config_for(server_->port(), kSecret, kOther));
  Node& b = add(config_for(server_->port(), kSecret, kOther));
  ASSERT_TRUE(wait([&] { return a.is_caught_up() && b.is_caught_up() && b.service.fleet().nodes() == 2; }));
  int renewals = 0;
  a.service.on_renewed([&] { ++renewals; });
  config::Config next = config_for(server_->port(), kOther, kSecret);
  next.limits.bytes_per_second_per_user = 1000;
  EXPECT_TRUE(a.service.fleet().bars().bar(Authority::operators, "alice", std::chrono::hours(1), std::nullopt,
                                           net::read_clock()));
  const std::string before = a.service.fleet().node_id();
  a.service.reload(next);
  EXPECT_EQ(renewals, 1);
  EXPECT_NE(a.service.fleet().node_id(), before);
  EXPECT_TRUE(
      a.service.fleet().bars().barred_until(Authority::operators, "alice", net::read_clock().monotonic));
  EXPECT_TRUE(wait([&] { return !b.verdicts.empty() && a.is_caught_up(); }));
  EXPECT_TRUE(wait([&] { return b.passages.size() == 3; }));
  EXPECT_EQ(b.service.fleet().nodes(), 2U);
  a.service.reload(next);
  EXPECT_EQ(renewals, 1);
  a.service.reload(config::Config{});
  EXPECT_FALSE(a.service.is_shared());
  a.service.reload(next);
  EXPECT_TRUE(wait([&] { return a.is_caught_up(); }));
}

TEST_F(FleetServiceTest, a_node_says_what_it_is_told_about_itself) {
  Node& a = add();
  Node& b = add();
  a.service.describe_by([](fleet::NodeRecord& self) { self.region = "eu"; });
  a.service.describe_by([](fleet::NodeRecord& self) { self.is_draining = true; });
  EXPECT_TRUE(wait([&] {
    const auto live = b.service.fleet().members().live();
    return live.size() == 1 && live[0]->region == "eu" && live[0]->is_draining;
  }));
}

}  // namespace
}  // namespace turnpike::node
