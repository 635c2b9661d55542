// What all workers do together: revocation, quotas, draining; and what keeps them from being there.
#include "turnpike/worker/worker_pool.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <stdexcept>

#include "shell/await.hpp"
#include "shell/support.hpp"
#include "turnpike/log/log.hpp"

namespace turnpike::worker {
namespace {

using namespace shell;

namespace asio = boost::asio;

class WorkerPoolTest : public ::testing::Test {
 protected:
  WorkerPoolTest() {
    const net::TlsFiles files = make_certificate(folder_, 1);
    config_.tls = {files.certificate, files.key};
    config_.workers = 2;
  }

  TestClient connect(const std::string& user = "user") const {
    return TestClient(shell::connect(Transport::udp, config_.listen), {.username = user, .password = "pass"});
  }

  TemporaryFolder folder_;
  config::Config config_ = loopback_config();
  asio::io_context context_;
};

TEST_F(WorkerPoolTest, a_revocation_returns_when_all_relays_of_the_user_are_closed) {
  WorkerPool workers(config_, {IpAddress::v4(127, 0, 0, 1)}, nullptr);
  workers.start();
  std::vector<std::unique_ptr<TestClient>> clients;
  for (int i = 0; i < 8; ++i) {
    clients.push_back(std::make_unique<TestClient>(shell::connect(Transport::udp, config_.listen)));
    clients.back()->allocate();
  }
  EXPECT_EQ(workers.ledger().held_by("user"), 8U);
  const auto revoke = [](WorkerPool& pool) -> asio::awaitable<bool> {
    std::vector<std::string> users{"nobody", "user"};  // GCC 12 cannot have the list in the expression
    co_return co_await pool.revoke(std::move(users)) && pool.ledger().held_by("user") == 0;
  };
  EXPECT_TRUE(await(context_, revoke(workers)));
  workers.stop();
}

TEST_F(WorkerPoolTest, a_revocation_that_a_worker_does_not_answer_is_late) {
  WorkerPool workers(config_, {IpAddress::v4(127, 0, 0, 1)}, nullptr);  // none of them runs
  EXPECT_FALSE(await(context_, workers.revoke(std::vector<std::string>{"user"})));
}

TEST_F(WorkerPoolTest, sessions_of_all_workers_come_in_pages_and_end_by_their_ids) {
  WorkerPool workers(config_, {IpAddress::v4(127, 0, 0, 1)}, nullptr);
  workers.start();
  std::vector<std::unique_ptr<TestClient>> clients;
  for (int i = 0; i < 24; ++i) {  // so that either worker has some
    clients.push_back(std::make_unique<TestClient>(shell::connect(Transport::udp, config_.listen)));
    clients.back()->allocate();
  }
  std::vector<relay::AllocationId> ids;
  SessionPage page;
  SessionQuery query;
  query.max = 7;
  do {
    page = await(context_, workers.find_sessions(query));
    EXPECT_TRUE(page.is_whole);
    for (const Session& session : page.sessions) ids.push_back(session.allocation);
    query.after = ids.back();
  } while (page.has_more);
  EXPECT_EQ(ids.size(), 24U);
  EXPECT_TRUE(std::ranges::is_sorted(ids));
  EXPECT_NE(ids.front() >> 48, ids.back() >> 48);
  query.busiest = true;
  EXPECT_EQ(await(context_, workers.find_sessions(query)).sessions.size(), 7U);
  ids.push_back(0xFFFF000000000001);  // of no worker
  EXPECT_EQ(await(context_, workers.end(ids)).size(), 24U);
  EXPECT_EQ(workers.ledger().held_by("user"), 0U);
  EXPECT_TRUE(await(context_, workers.end(ids)).empty());
  RefusalQuery refusals;
  refusals.max = 100;
  EXPECT_EQ(await(context_, workers.find_refusals(refusals)).size(), 24U) << "a challenge each";
  EXPECT_EQ(await(context_, workers.bits_per_second()), 0U);
  workers.stop();
}

TEST_F(WorkerPoolTest, the_latest_allocations_of_a_user_end_for_the_fleets_quota) {
  WorkerPool workers(config_, {IpAddress::v4(127, 0, 0, 1)}, nullptr);
  workers.start();
  std::vector<std::unique_ptr<TestClient>> clients;
  const auto allocate = [&](int times) {
    for (int i = 0; i < times; ++i) {
      clients.push_back(std::make_unique<TestClient>(shell::connect(Transport::udp, config_.listen)));
      clients.back()->allocate();
    }
  };
  SessionQuery query;
  query.max = 100;
  allocate(4);
  std::vector<relay::AllocationId> first;
  TimePoint since;
  for (const Session& each : await(context_, workers.find_sessions(query)).sessions) {
    first.push_back(each.allocation);
    since = std::max(since, each.since + Duration(1));
  }
  allocate(4);
  EXPECT_EQ(await(context_, workers.end_latest("somebody else", 8, since)), 0U);
  EXPECT_EQ(await(context_, workers.end_latest("user", 2, since)), 2U);
  EXPECT_EQ(workers.ledger().held_by("user"), 6U);
  EXPECT_EQ(await(context_, workers.end_latest("user", 8, since)), 2U);
  std::vector<relay::AllocationId> left;
  for (const Session& each : await(context_, workers.find_sessions(query)).sessions)
    left.push_back(each.allocation);
  EXPECT_EQ(left, first);
  std::uint64_t ended = 0;
  for (const auto& each : await(context_, workers.read_counters())) {
    ASSERT_TRUE(each) << "a worker is late";
    ended += each->ends.of(turn::EndReason::over_quota);
  }
  EXPECT_EQ(ended, 4U);
  EXPECT_EQ(await(context_, workers.end_silent_of("user", 4)), 0U) << "none is silent";
  workers.stop();
}

TEST_F(WorkerPoolTest, whom_nobody_here_makes_room_for_has_it_made_elsewhere) {
  config_.limits.allocations_per_shared_user = 1;
  WorkerPool workers(config_, {IpAddress::v4(127, 0, 0, 1)}, nullptr);
  workers.share_quotas(context_);
  std::atomic<int> asked = 0;
  workers.make_room_elsewhere(
      [&](const std::string& user_id, std::uint32_t places, const std::function<void()>& done) {
        if (user_id == "user" && places == 1 && ++asked == 1) workers.ledger().set_places({});
        done();
      });
  workers.start();
  auto work = asio::make_work_guard(context_);
  std::thread main([this] { context_.run(); });
  TestClient first = connect();
  first.allocate();
  EXPECT_TRUE(connect().try_allocation());
  EXPECT_EQ(asked, 1);
  context_.stop();
  main.join();
  workers.stop();
}

TEST_F(WorkerPoolTest, sessions_of_a_worker_that_is_late_are_missing) {
  WorkerPool workers(config_, {IpAddress::v4(127, 0, 0, 1)}, nullptr);  // none of them runs
  SessionQuery query;
  query.max = 7;
  query.after = 0x0001000000000000;  // one of them is enough to wait for
  EXPECT_FALSE(await(context_, workers.find_sessions(query)).is_whole);
}

TEST_F(WorkerPoolTest, what_escapes_from_a_turn_is_told_with_the_worker_and_the_step) {
  log::open({log::Level::error, log::Format::json, folder_.path("log")});
  config_.workers = 1;
  WorkerPool workers(config_, {IpAddress::v4(127, 0, 0, 1)}, nullptr);
  std::atomic<bool> failed = false;
  workers.start([&] { failed = true; });
  workers.drain([] { throw std::runtime_error("thrown by a test"); });
  EXPECT_TRUE(becomes_true([&] { return failed.load(); }, kPatience));
  workers.stop();
  log::open({log::Level::error, log::Format::text, ""});  // writes out what is not yet
  const std::string line = folder_.read("log");
  EXPECT_NE(line.find(R"("worker":0,"step":"sending","reason":"thrown by a test")"), std::string::npos)
      << line;
}

TEST_F(WorkerPoolTest,
       who_is_full_and_whose_clients_are_there_is_refused_after_all_workers_were_asked_TURN_ALLOC_21) {
  config_.limits.allocations_per_shared_user = 1;
  WorkerPool workers(config_, {IpAddress::v4(127, 0, 0, 1)}, nullptr);
  workers.share_quotas(context_);
  workers.start();
  auto work = asio::make_work_guard(context_);
  std::thread main([this] { context_.run(); });
  TestClient first = connect();
  first.allocate();
  EXPECT_FALSE(connect().try_allocation());
  EXPECT_EQ(workers.ledger().held_by("user"), 1U);
  context_.stop();
  main.join();
  workers.stop();
}

TEST_F(WorkerPoolTest, alternates_are_told_to_every_worker_and_outlive_a_reload_ALT_05) {
  WorkerPool workers(config_, {IpAddress::v4(127, 0, 0, 1)}, nullptr);
  workers.start();
  workers.set_alternates({true, {{{{Transport::udp, loopback(1)}}}}});
  workers.replace(workers.make_replaceable(config_));
  for (const char* user : {"user", "other"}) {
    TestClient client = connect(user);
    client.turn().allocate(clock_now());
    EXPECT_EQ(client.expect<client::Failed>().code, std::string(user) == "user" ? 300 : 401);
  }
  TestClient back = connect();
  back.allocate();
  workers.drain([] {});
  TestClient late = connect();
  late.turn().allocate(clock_now());
  const auto failed = late.expect<client::Failed>();
  EXPECT_EQ(failed.code, 300);
  EXPECT_EQ(failed.redirection, (client::Redirection{{loopback(1)}, ""}));
  workers.stop();
}

TEST_F(WorkerPoolTest, it_is_drained_when_the_last_worker_is_ALT_08) {
  WorkerPool workers(config_, {IpAddress::v4(127, 0, 0, 1)}, nullptr);
  workers.start();
  auto client = std::make_unique<TestClient>(shell::connect(Transport::tcp, config_.listen));
  client->allocate();
  std::atomic<int> said = 0;
  for (int i = 0; i < 2; ++i) workers.drain([&said] { ++said; });
  EXPECT_TRUE(workers.is_draining());
  EXPECT_FALSE(connect().try_allocation());
  EXPECT_EQ(said, 0);
  client.reset();
  EXPECT_TRUE(becomes_true([&said] { return said == 1; }));
  workers.stop();
}

TEST_F(WorkerPoolTest, is_not_there_where_a_port_is_taken_or_a_certificate_is_of_no_use) {
  const std::vector<IpAddress> relays{IpAddress::v4(127, 0, 0, 1)};
  const UdpPort taken(config_.listen.udp.front());
  EXPECT_THROW(WorkerPool(config_, relays, nullptr), std::runtime_error);
  config_.listen.udp = {loopback(free_port())};
  folder_.write("bad.pem", "no certificate");
  config_.tls.certificate = folder_.path("bad.pem");
  EXPECT_THROW(WorkerPool(config_, relays, nullptr), config::ConfigError);
}

TEST_F(WorkerPoolTest, a_session_is_resumed_by_every_worker_and_after_a_reload_TLS_14) {
  WorkerPool workers(config_, {IpAddress::v4(127, 0, 0, 1)}, nullptr);
  workers.start();
  const Endpoint server = config_.listen.tls.front();
  auto wire = std::make_unique<TlsWire>(server);
  TlsWire& first = *wire;
  TestClient client(std::move(wire));
  client.allocate();  // its answer comes behind the tickets
  EXPECT_FALSE(first.is_resumed());
  const auto session = first.session();
  first.say_goodbye();
  for (int reloads = 0; reloads < 2; ++reloads) {
    for (int i = 0; i < 12; ++i) {  // so that either worker has some
      TlsWire again(server, nullptr, session.get());
      EXPECT_TRUE(again.is_resumed()) << reloads;
      again.say_goodbye();  // else OpenSSL's client gives up the session
    }
    workers.replace(workers.make_replaceable(config_));
  }
  workers.stop();
}

TEST_F(WorkerPoolTest, certificates_are_those_of_the_names_that_clients_ask_for) {
  const auto name = [this](int serial) {
    const net::TlsFiles files = make_certificate(folder_, serial);
    config_.tls.names["turn.example.org"] = {files.certificate, files.key};
  };
  name(2);
  WorkerPool workers(config_, {IpAddress::v4(127, 0, 0, 1)}, nullptr);
  workers.start();
  const Endpoint server = config_.listen.tls.front();
  EXPECT_EQ(TlsWire(server).certificate_serial(), 1);
  EXPECT_EQ(TlsWire(server, "www.example.org").certificate_serial(), 1);
  EXPECT_EQ(TlsWire(server, "turn.example.org").certificate_serial(), 2);
  name(3);
  workers.replace(workers.make_replaceable(config_));
  EXPECT_TRUE(becomes_true([&] { return TlsWire(server, "turn.example.org").certificate_serial() == 3; }));
  config_.tls.names["turn.example.org"].key = "/nowhere/key.pem";
  EXPECT_THROW(workers.make_replaceable(config_), config::ConfigError);
  workers.stop();
}

TEST_F(WorkerPoolTest, listeners_of_all_workers_change_and_who_came_by_a_closed_one_ends) {
  WorkerPool workers(config_, {IpAddress::v4(127, 0, 0, 1)}, nullptr);
  workers.start();
  std::vector<std::unique_ptr<TestClient>> clients;
  for (int i = 0; i < 12; ++i) {  // so that either worker has some
    for (const Transport transport : {Transport::udp, Transport::tcp}) {
      clients.push_back(std::make_unique<TestClient>(shell::connect(transport, config_.listen)));
      clients.back()->allocate();
    }
  }
  EXPECT_EQ(workers.ledger().held_by("user"), 24U);
  const config::ListenConfig old = config_.listen;
  config_.listen = loopback_listeners();
  config_.listen.tls = old.tcp;
  workers.replace(workers.make_replaceable(config_));
  workers.change_listeners(workers.open_listeners(config_.listen));
  EXPECT_EQ(workers.listeners(), (std::vector<std::string>{"udp:" + config_.listen.udp[0].to_string(),
                                                           "tcp:" + config_.listen.tcp[0].to_string(),
                                                           "tls:" + old.tcp[0].to_string()}));
  EXPECT_TRUE(becomes_true([&] { return workers.ledger().held_by("user") == 12; }));
  const Counters counters = sum_of(await(context_, workers.read_counters()));
  EXPECT_EQ(counters.ends.of(turn::EndReason::listener_closed), 12U);
  for (int i = 0; i < 12; ++i) {
    for (const Transport transport : {Transport::udp, Transport::tcp, Transport::tls})
      EXPECT_TRUE(TestClient(shell::connect(transport, config_.listen)).try_allocation()) << i;
  }
  clients[1]->turn().refresh(600, clock_now());
  EXPECT_TRUE(clients[1]->next<client::Refreshed>().has_value());
  workers.stop();
}

// The question whether others make room is with the main thread, which does not answer until then.
TEST_F(WorkerPoolTest, who_waits_for_an_allocation_while_the_listener_is_closed_gets_none) {
  config_.limits.allocations_per_shared_user = 1;
  WorkerPool workers(config_, {IpAddress::v4(127, 0, 0, 1)}, nullptr);
  workers.share_quotas(context_);
  workers.start();
  auto first = std::make_unique<TestClient>(shell::connect(Transport::tcp, config_.listen));
  first->allocate();
  TestClient second = connect();
  second.turn().allocate(clock_now());
  EXPECT_FALSE(second.next<client::Allocated>(kSilence));
  config_.listen.udp = loopback_listeners().udp;
  workers.change_listeners(workers.open_listeners(config_.listen));
  first.reset();
  ASSERT_TRUE(becomes_true([&] { return workers.ledger().held_by("user") == 0; }));
  Counters counters;
  EXPECT_TRUE(becomes_true(
      [&] {
        counters = sum_of(await(context_, workers.read_counters()));
        return counters.ends.of(turn::EndReason::listener_closed) == 1;
      },
      kPatience));
  EXPECT_EQ(workers.ledger().held_by("user"), 0U);
  workers.stop();
}

TEST_F(WorkerPoolTest, a_change_of_listeners_that_fails_leaves_all_as_they_were) {
  WorkerPool workers(config_, {IpAddress::v4(127, 0, 0, 1)}, nullptr);
  workers.start();
  const auto before = workers.listeners();
  const UdpPort taken;
  config::ListenConfig fresh = loopback_listeners();
  fresh.udp.push_back(taken.local());
  EXPECT_THROW(static_cast<void>(workers.open_listeners(fresh)), std::runtime_error);
  EXPECT_EQ(workers.listeners(), before);
  EXPECT_TRUE(connect().try_allocation());
  workers.stop();
}

}  // namespace
}  // namespace turnpike::worker
