// A node that knows of others: what it says of itself, where its clients go, and whom it obeys.
#include "turnpike/node/steering.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "shell/await.hpp"
#include "shell/support.hpp"
#include "turnpike/net/clock.hpp"
#include "unit/fleet/nodes.hpp"

namespace turnpike::node {
namespace {

using namespace shell;

namespace asio = boost::asio;
using fleet::test::node;
using fleet::test::node_id;
using testing::ElementsAre;

const std::string kSecret(32, 's');
const IpAddress kClient = IpAddress::v4(198, 51, 100, 1);

config::Config config_of_node(const TemporaryFolder& folder) {
  config::Config config = loopback_config();
  const net::TlsFiles files = make_certificate(folder, 1);
  config.tls.certificate = files.certificate;
  config.tls.key = files.key;
  config.fleet.secret = kSecret;
  config.fleet.region = "eu";
  config.fleet.regions = {{*IpPrefix::parse("198.51.100.0/24"), "us"}};
  config.fleet.redis.url = "unix:/nonexistent/redis.sock";
  config.livekit.ice_urls = {"turn:eu.example.org"};
  return config;
}

// Redis is not there, so what it would say is said by the test.
class SteeringTest : public testing::Test {
 protected:
  SteeringTest() { workers_.start(); }
  ~SteeringTest() override { workers_.stop(); }

  fleet::Fleet& fleet() { return service_.fleet(); }
  // For so long, or until it is true.
  bool run(const std::function<bool()>& is_so) {
    context_.restart();
    for (int i = 0; i < 100 && !is_so(); ++i) context_.run_for(std::chrono::milliseconds(20));
    return is_so();
  }
  void hear(fleet::Kind kind, const std::string& payload) {
    const fleet::Seal seal(kSecret);
    const Now now = net::read_clock();
    fleet().on_connected(now);
    fleet().on_message(fleet::Keys(config_.fleet.redis.prefix, seal).channel(kind), seal.close(kind, payload),
                       now);
  }
  void hear_of(const fleet::NodeRecord& node) { hear(fleet::Kind::node, write_node(node)); }

  TemporaryFolder folder_;
  config::Config config_ = config_of_node(folder_);
  asio::io_context context_;
  worker::WorkerPool workers_{config_, {IpAddress::v4(127, 0, 0, 1)}, nullptr};
  SeededRandom random_{1};
  FleetService service_{context_, config_, random_};
  int drained_ = 0;
  Steering steering_{{.fleet = service_,
                      .workers = workers_,
                      .random = random_,
                      .config = [this]() -> const config::Config& { return config_; },
                      .relays = [] { return std::vector<IpAddress>{IpAddress::v4(127, 0, 0, 1)}; },
                      .allocations_max = [] { return std::uint64_t{4}; },
                      .engine = "sockets",
                      .version = "1.2.3",
                      .drain =
                          [this] {
                            ++drained_;
                            workers_.drain([] {});
                          }}};
};

TEST_F(SteeringTest, the_node_says_where_it_is_and_how_much_it_has_to_do) {
  service_.start();
  asio::co_spawn(context_, steering_.run(), asio::detached);
  TestClient client(connect(Transport::udp, config_.listen));
  client.allocate();
  EXPECT_TRUE(run([&] { return fleet().self().load.ports_used == 1; }));
  const fleet::NodeRecord& self = fleet().self();
  EXPECT_EQ(self.addresses.size(), 3U);
  EXPECT_EQ(self.load.ports_total, 4U);
  EXPECT_EQ(self.region, "eu");
  EXPECT_EQ(self.version, "1.2.3");
  EXPECT_EQ(self.certificate_name, "") << "the certificate of the TLS listener has none";
  EXPECT_FALSE(self.is_draining);
  workers_.drain([] {});
  EXPECT_TRUE(run([&] { return fleet().self().is_draining; }));
}

TEST_F(SteeringTest, urls_are_those_of_the_nodes_that_are_known) {
  hear_of(node(2, "us"));
  EXPECT_THAT(steering_.urls_for("", kClient).front(), "turn:n2.example.org");
  EXPECT_THAT(steering_.urls_for("eu", kClient), testing::SizeIs(testing::Le(2U)));
  const auto report = steering_.report(net::read_clock());
  EXPECT_EQ(report.at("nodes").as_array().size(), 2U);
}

TEST_F(SteeringTest, who_drains_sends_the_next_client_away) {
  hear_of(node(2, "us"));
  steering_.drain();
  EXPECT_TRUE(steering_.is_sending());
  TestClient next(connect(Transport::udp, config_.listen));
  next.turn().allocate(clock_now());
  EXPECT_EQ(next.expect<client::Failed>().code, 300);
  const Endpoint there{IpAddress::v4(192, 0, 2, 2), 3478};
  EXPECT_THAT(workers_.ledger().take_sent(), ElementsAre(turn::SentTo{there, 1}));
}

TEST_F(SteeringTest, who_takes_no_part_in_redirects_sends_nobody_away) {
  config_.fleet.redirects = false;
  hear_of(node(2, "us"));
  steering_.drain();
  TestClient next(connect(Transport::udp, config_.listen));
  next.turn().allocate(clock_now());
  EXPECT_EQ(next.expect<client::Failed>().code, 508);
}

TEST_F(SteeringTest, it_drains_once_when_it_is_told_to_and_tells_others) {
  service_.start();
  hear(fleet::Kind::order, fleet::write_order({fleet().node_id(), fleet::Task::drain, node_id(2)}));
  EXPECT_TRUE(run([&] { return drained_ == 1; }));
  hear(fleet::Kind::order, fleet::write_order({fleet().node_id(), fleet::Task::drain, node_id(2)}));
  run([n = 0]() mutable { return ++n == 15; });
  EXPECT_EQ(drained_, 1);
  EXPECT_FALSE(steering_.drain_node(node_id(3))) << "nobody has heard of it";
  hear_of(node(3));
  EXPECT_TRUE(steering_.drain_node(node_id(3)));
  EXPECT_TRUE(steering_.drain_node(fleet().node_id()));
  EXPECT_EQ(drained_, 2);
}

TEST_F(SteeringTest, without_redis_there_is_no_fleet) {
  config_.fleet.redis.url.clear();
  service_.reload(config_);
  EXPECT_THAT(steering_.urls_for("us", kClient), testing::IsEmpty());
  EXPECT_EQ(steering_.report(net::read_clock()), (boost::json::object{{"is_in_fleet", false}}));
  EXPECT_FALSE(steering_.drain_node(node_id(3)));
  steering_.drain();
  EXPECT_EQ(drained_, 1);
}

}  // namespace
}  // namespace turnpike::node
