// Words of LiveKit and of operators, between the ledgers of two nodes and a real Redis.
#include "turnpike/node/revocations.hpp"

#include <gmock/gmock.h>

#include "turnpike/net/clock.hpp"
#include "unit/redis/harness.hpp"
#include "unit/redis/redis_process.hpp"

namespace turnpike::node {
namespace {

namespace asio = boost::asio;
using redis::RedisProcess;
using redis::run_until;
using std::chrono::hours;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct Node {
  Node(asio::io_context& context, const config::Config& config, Random& random)
      : service(context, config, random),
        revocations(context, service, ledger,
                    [this](std::vector<std::string> user_ids) -> asio::awaitable<bool> {
                      ended.insert(ended.end(), user_ids.begin(), user_ids.end());
                      co_return true;
                    }) {
    service.start();
  }
  bool is_barred(const std::string& user_id) {
    return ledger.is_barred(user_id, net::read_clock().monotonic);
  }

  turn::Ledger ledger{turn::LedgerOptions{}};
  std::vector<std::string> ended;
  FleetService service;
  Revocations revocations;
};

TEST(RevocationsAlone, whatever_is_said_counts_and_is_for_the_caller_to_do) {
  asio::io_context context{1};
  SeededRandom random{1};
  Node node(context, config::Config{}, random);
  EXPECT_TRUE(node.revocations.bar("alice", hours(1), 5));
  EXPECT_TRUE(node.revocations.lift("alice", 4));
  EXPECT_FALSE(node.revocations.is_barred("alice"));
  node.revocations.bar_by_operator("alice", hours(1));
  EXPECT_FALSE(node.is_barred("alice"));
}

class RevocationsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!RedisProcess::is_installed()) GTEST_SKIP() << "redis-server is not installed";
    server_.emplace(RedisProcess::Options{});
    config::Config config;
    config.fleet.redis.url = "redis://127.0.0.1:" + std::to_string(server_->port());
    for (auto* node : {&one_, &other_}) *node = std::make_unique<Node>(context_, config, random_);
    ASSERT_TRUE(wait([&] {
      return one_->service.fleet().bars().is_caught_up() && other_->service.fleet().bars().is_caught_up();
    }));
  }
  ~RevocationsTest() override {
    one_.reset();
    other_.reset();
    redis::run_for(context_, std::chrono::milliseconds(20));
  }
  bool wait(const std::function<bool()>& holds) { return run_until(context_, holds); }

  asio::io_context context_{1};
  SeededRandom random_{1};
  std::optional<RedisProcess> server_;
  std::unique_ptr<Node> one_, other_;
};

TEST_F(RevocationsTest, a_word_of_livekit_is_in_force_at_the_other_node) {
  EXPECT_TRUE(one_->revocations.bar("alice", hours(1), 5));
  EXPECT_TRUE(wait([&] { return !other_->ended.empty(); }));
  EXPECT_THAT(other_->ended, ElementsAre("alice"));
  EXPECT_TRUE(other_->is_barred("alice"));
  EXPECT_TRUE(other_->revocations.is_barred("alice"));
  EXPECT_THAT(one_->ended, IsEmpty()) << "who says it does it";

  // Something later was said already, by whomever.
  EXPECT_FALSE(other_->revocations.lift("alice", 4));
  EXPECT_TRUE(other_->revocations.lift("alice", 6));
  EXPECT_TRUE(wait([&] { return !one_->revocations.is_barred("alice"); }));
  EXPECT_FALSE(one_->revocations.bar("alice", hours(1), 5));
}

TEST_F(RevocationsTest, operators_words_are_apart_from_livekit_s) {
  one_->revocations.bar_by_operator("alice", hours(1));
  EXPECT_TRUE(wait([&] { return other_->is_barred("alice"); }));
  EXPECT_FALSE(other_->revocations.is_barred("alice"));
  EXPECT_TRUE(other_->revocations.lift("alice", 1'000'000'000'000));
  EXPECT_TRUE(other_->is_barred("alice"));
  other_->revocations.bar_by_operator("alice", {});
  one_->ledger.bar_by_operator("alice", net::read_clock().monotonic + hours(1));
  EXPECT_TRUE(wait([&] { return !one_->is_barred("alice"); }));
}

}  // namespace
}  // namespace turnpike::node
