// The client against real servers: all ways to them, and what may happen to them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>

#include "harness.hpp"
#include "redis_process.hpp"
#include "temporary_folder.hpp"
#include "turnpike/net/clock.hpp"

namespace turnpike::redis {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using Words = std::vector<std::string>;

class RealRedisTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!RedisProcess::is_installed()) GTEST_SKIP() << "redis-server is not installed";
  }
  ~RealRedisTest() override {
    client_.reset();
    run_for(context_, milliseconds(20));
  }

  // With the limits that a server has, but for its patience between attempts.
  void connect(Target target) {
    Settings settings;
    settings.target = std::move(target);
    settings.limits.retry_longest = milliseconds(300);
    client_ = std::make_unique<Client>(context_.get_executor(), settings, random_);
    client_->subscribe(
        {"news"}, [this](std::string_view, std::string_view payload) { messages_.emplace_back(payload); });
    client_->on_connected([this] { ++connections_; });
    client_->on_lost([this](const Failure& failure) { faults_.push_back(failure.text()); });
    client_->start();
  }
  void connect(const RedisProcess& server) {
    Target target;
    target.place = {"127.0.0.1", server.port()};
    connect(target);
  }
  bool is_connected() {
    return run_until(context_, [&] { return client_->is_connected(); });
  }
  std::string first_fault() {
    run_until(context_, [&] { return !faults_.empty(); });
    return faults_.empty() ? "none" : faults_.front();
  }
  std::string ask(Command command) {
    const auto outcome = run(context_, client_->ask(std::move(command)));
    return outcome ? outcome->text + (outcome->is_integer() ? std::to_string(outcome->number) : "")
                   : "error: " + outcome.error();
  }
  // A key is written and read, and a message of one's own comes back.
  void expect_service() {
    ASSERT_TRUE(is_connected()) << first_fault();
    EXPECT_EQ(ask({"SET", "turnpike:a b\r\n", "1", "PX", "60000"}), "OK");
    EXPECT_EQ(ask({"GET", "turnpike:a b\r\n"}), "1");
    messages_.clear();
    EXPECT_THAT(ask({"PUBLISH", "news", "hello"}), Not(StartsWith("error")));
    run_until(context_, [&] { return !messages_.empty(); });
    EXPECT_EQ(messages_, Words{"hello"});
  }

  asio::io_context context_{1};
  SeededRandom random_{1};
  std::unique_ptr<Client> client_;
  int connections_ = 0;
  Words faults_;
  Words messages_;
};

TEST_F(RealRedisTest, serves_over_tcp_whatever_the_form_of_an_answer) {
  const RedisProcess server({});
  connect(server);
  expect_service();
  EXPECT_EQ(ask({"HSET", "turnpike:h", "a", "1"}), "1");
  EXPECT_EQ(ask({"GET", "turnpike:h"}),
            "error: WRONGTYPE Operation against a key holding the wrong kind of value");
  const auto outcomes = run(context_, client_->ask_all({{"MULTI"},
                                                        {"INCR", "turnpike:n"},
                                                        {"GET", "turnpike:h"},
                                                        {"EXEC"},
                                                        {"EVAL", "return {1,{2,'x'},false}", "0"},
                                                        {"TTL", "nothing"}}));
  ASSERT_EQ(outcomes.size(), 6U);
  ASSERT_EQ(outcomes[3]->elements.size(), 2U);
  EXPECT_EQ(outcomes[3]->elements[0], Reply::integer(1));
  EXPECT_TRUE(outcomes[3]->elements[1].is_error());
  EXPECT_EQ(
      *outcomes[4],
      Reply::array({Reply::integer(1), Reply::array({Reply::integer(2), Reply::string("x")}), Reply::nil()}));
  EXPECT_EQ(*outcomes[5], Reply::integer(-2));
  EXPECT_THAT(ask({"CLIENT", "LIST"}), HasSubstr("name=turnpike"));
}

TEST_F(RealRedisTest, what_is_too_large_or_too_deep_ends_the_connection_and_it_comes_back) {
  const RedisProcess server({});
  connect(server);
  for (const char* script : {"return string.rep('x', 2000000)", "return {{{{{1}}}}}",
                             "local t = {} for i = 1, 7999 do t[i] = i end return {t, t}"}) {
    ASSERT_TRUE(is_connected());
    EXPECT_THAT(ask({"EVAL", script, "0"}), StartsWith("error: what the server sends is no answer: "))
        << script;
    run_until(context_, [&] { return !client_->is_connected(); });
  }
  expect_service();
}

TEST_F(RealRedisTest, knows_users_passwords_and_databases) {
  const RedisProcess server({"requirepass secret", "user turnpike on >other ~turnpike:* &news +@all -ROLE"});
  const TemporaryFolder folder;
  Target target;
  target.place = {"127.0.0.1", server.port()};
  const struct {
    Login login;
    std::uint32_t database;
    const char* fault;
  } cases[] = {
      {{"", "", ""}, 0, "the server wants a password: NOAUTH"},
      {{"", "wrong", ""}, 0, "the server refuses the password: WRONGPASS"},
      {{"turnpike", "secret", ""}, 0, "the server refuses the password: WRONGPASS"},
      {{"", "secret", ""}, 16, "the server has no such database: ERR DB index is out of range"},
  };
  for (const auto& c : cases) {
    faults_.clear();
    target.login = c.login;
    target.database = c.database;
    connect(target);
    EXPECT_THAT(first_fault(), StartsWith(c.fault));
  }
  target.database = 3;
  target.login = {"", "", folder.write("password", "secret\n")};
  connect(target);
  expect_service();
  EXPECT_THAT(ask({"CLIENT", "INFO"}), HasSubstr("db=3"));
  target.login = {"turnpike", "", folder.write("password", "other\n")};
  connect(target);
  expect_service();
  EXPECT_THAT(ask({"SET", "foreign", "1"}), StartsWith("error: NOPERM"));
  EXPECT_EQ(client_->last_failure()->cause, Cause::not_permitted);
}

TEST_F(RealRedisTest, a_server_without_a_password_tells_who_has_one) {
  const RedisProcess server({});
  Target target;
  target.place = {"127.0.0.1", server.port()};
  target.login.password = "secret";
  connect(target);
  EXPECT_THAT(first_fault(), StartsWith("the server has no password, but one is configured: ERR AUTH"));
}

TEST_F(RealRedisTest, serves_over_a_unix_socket) {
  const TemporaryFolder folder;
  Target target = *Target::parse("unix:" + folder.path("redis.sock"));
  connect(target);
  EXPECT_EQ(first_fault(), "the server cannot be reached: No such file or directory");
  const RedisProcess server({"unixsocket " + folder.path("redis.sock")});
  expect_service();
}

// A certificate that is its own authority.
void make_certificate(const TemporaryFolder& folder, const std::string& names) {
  const std::string command =
      "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 "
      "-subj /CN=redis -addext subjectAltName=" +
      names + " -keyout " + folder.path("key.pem") + " -out " + folder.path("cert.pem") + " 2>/dev/null";
  ASSERT_EQ(std::system(command.c_str()), 0);
}

TEST_F(RealRedisTest, serves_over_tls_under_its_name_alone) {
  const TemporaryFolder folder;
  make_certificate(folder, "IP:127.0.0.1");
  const std::uint16_t port = free_port();
  const RedisProcess server({"tls-port " + std::to_string(port), "tls-cert-file " + folder.path("cert.pem"),
                             "tls-key-file " + folder.path("key.pem"), "tls-auth-clients no"});
  Target target = *Target::parse("rediss://127.0.0.1:" + std::to_string(port));
  connect(target);
  EXPECT_EQ(first_fault(), "TLS fails: the certificate is refused, self-signed certificate");
  ::setenv("SSL_CERT_FILE", folder.path("cert.pem").c_str(), 1);
  connect(target);
  expect_service();
  EXPECT_EQ(ask({"SET", "turnpike:large", std::string(1000000, 'x')}), "OK");
  EXPECT_EQ(ask({"GET", "turnpike:large"}).size(), 1000000U);
  faults_.clear();
  target.place.host = "localhost";
  connect(target);
  EXPECT_EQ(first_fault(), "TLS fails: the certificate is refused, hostname mismatch");
  faults_.clear();
  target.place = {"127.0.0.1", server.port()};  // which has no TLS
  connect(target);
  EXPECT_EQ(first_fault(), "the server does not answer in time: its TLS does not answer");
  faults_.clear();
  target.place.port = port;
  target.is_secure = false;
  connect(target);
  EXPECT_THAT(first_fault(), StartsWith("the connection is lost: "));
  ::unsetenv("SSL_CERT_FILE");
}

TEST_F(RealRedisTest, comes_back_when_the_server_does) {
  RedisProcess server({});
  connect(server);
  expect_service();
  for (int round = 0; round < 3; ++round) {
    server.kill();
    ASSERT_TRUE(run_until(context_, [&] { return !client_->is_connected(); }));
    EXPECT_THAT(ask({"GET", "x"}), StartsWith("error: the "));
    run_until(context_, [&] { return faults_.back() == "the server cannot be reached: Connection refused"; });
    server.start();
    expect_service();
    EXPECT_EQ(connections_, round + 2);
  }
}

TEST_F(RealRedisTest, a_frozen_server_fails_commands_within_two_seconds_and_nothing_grows) {
  const RedisProcess server({});
  connect(server);
  expect_service();
  server.signal(SIGSTOP);
  const TimePoint since = net::read_clock().monotonic;
  int done = 0;
  for (int i = 0; i < 2000; ++i) {
    asio::co_spawn(context_, client_->ask({"GET", "x"}), [&](std::exception_ptr, Outcome outcome) {
      EXPECT_FALSE(outcome);
      ++done;
    });
  }
  EXPECT_TRUE(run_until(context_, [&] { return done == 2000; }));
  EXPECT_LT(net::read_clock().monotonic - since, seconds(2));
  EXPECT_EQ(first_fault(), "the server does not answer in time");
  EXPECT_EQ(client_->outstanding(), 0U);
  run_for(context_, milliseconds(1000));  // its backlog accepts, and nobody answers
  EXPECT_FALSE(client_->is_connected());
  server.signal(SIGCONT);
  expect_service();
}

TEST_F(RealRedisTest, who_only_listens_notices_that_the_server_is_frozen) {
  const RedisProcess server({});
  connect(server);
  ASSERT_TRUE(is_connected());
  server.signal(SIGSTOP);
  const TimePoint since = net::read_clock().monotonic;
  EXPECT_EQ(first_fault(), "the server does not answer in time");
  EXPECT_LT(net::read_clock().monotonic - since, seconds(4));
  server.signal(SIGCONT);
  expect_service();
}

TEST_F(RealRedisTest, a_full_server_refuses_writes_and_is_read_on) {
  const RedisProcess server({"maxmemory 3mb", "maxmemory-policy noeviction"});
  connect(server);
  expect_service();
  std::string outcome;
  for (int i = 0; i < 100 && (outcome.empty() || outcome == "OK"); ++i)
    outcome = ask({"SET", "turnpike:" + std::to_string(i), std::string(100000, 'x')});
  EXPECT_THAT(outcome, StartsWith("error: OOM"));
  EXPECT_EQ(client_->last_failure()->cause, Cause::full);
  EXPECT_EQ(ask({"GET", "turnpike:a b\r\n"}), "1");
  EXPECT_EQ(connections_, 1);
}

TEST_F(RealRedisTest, a_server_that_sends_clients_away_is_found_again) {
  RedisProcess server({});
  connect(server);
  expect_service();
  ask({"CLIENT", "KILL", "TYPE", "pubsub"});
  run_until(context_, [&] { return connections_ == 2; });
  ask({"CONFIG", "SET", "maxclients", "1"});
  ask({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "no"});
  const auto is_sent_away = [](const std::string& fault) {
    return fault == "the server has too many clients: ERR max number of clients reached";
  };
  run_until(context_, [&] { return std::ranges::any_of(faults_, is_sent_away); });
  EXPECT_TRUE(std::ranges::any_of(faults_, is_sent_away)) << testing::PrintToString(faults_);
  server.kill();
  server.start();
  expect_service();
}

TEST_F(RealRedisTest, follows_the_sentinel_to_another_master) {
  auto master = std::make_unique<RedisProcess>(RedisProcess::Options{});
  const std::string master_port = std::to_string(master->port());
  const RedisProcess replica({"replicaof 127.0.0.1 " + master_port});
  const RedisProcess sentinel(
      {"sentinel monitor mymaster 127.0.0.1 " + master_port + " 1",
       "sentinel down-after-milliseconds mymaster 500", "sentinel failover-timeout mymaster 1000"},
      true);
  Target plain;
  plain.place = {"127.0.0.1", replica.port()};
  connect(plain);
  EXPECT_EQ(first_fault(), "the server is not a master");

  connect(*Target::parse("redis://nobody", {"127.0.0.1:" + std::to_string(sentinel.port())}));
  faults_.clear();
  EXPECT_THAT(first_fault(), StartsWith("the sentinel knows no such master: 127.0.0.1:"));

  connect(
      *Target::parse("redis://mymaster", {"127.0.0.1:1", "127.0.0.1:" + std::to_string(sentinel.port())}));
  expect_service();
  EXPECT_THAT(ask({"INFO", "server"}), HasSubstr("tcp_port:" + master_port));
  run_until(context_, [&] { return sentinel.log().find("+slave") != std::string::npos; });
  master->kill();
  run_until(context_, [&] { return !client_->is_connected(); });
  EXPECT_TRUE(run_until(
      context_, [&] { return client_->is_connected(); }, seconds(30)))
      << sentinel.log();
  expect_service();
  EXPECT_THAT(ask({"INFO", "server"}), HasSubstr("tcp_port:" + std::to_string(replica.port())));
}

// Passes bytes on, each after a delay.
class DelayingProxy {
 public:
  DelayingProxy(asio::io_context& context, std::uint16_t to)
      : context_(context), acceptor_(context, {asio::ip::address_v4::loopback(), 0}), to_(to) {
    asio::co_spawn(context, accept(), asio::detached);
  }
  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  Duration delay = Duration::zero();

 private:
  using Socket = std::shared_ptr<asio::ip::tcp::socket>;
  asio::awaitable<void> accept() {
    while (true) {
      const auto client =
          std::make_shared<asio::ip::tcp::socket>(co_await acceptor_.async_accept(asio::use_awaitable));
      const auto server = std::make_shared<asio::ip::tcp::socket>(context_);
      co_await server->async_connect({asio::ip::address_v4::loopback(), to_}, asio::use_awaitable);
      asio::co_spawn(context_, pass(client, server), asio::detached);
      asio::co_spawn(context_, pass(server, client), asio::detached);
    }
  }
  asio::awaitable<void> pass(Socket from, Socket to) {
    std::array<char, 4096> piece;
    asio::steady_timer timer(context_);
    while (true) {
      const auto [error, size] =
          co_await from->async_read_some(asio::buffer(piece), asio::as_tuple(asio::use_awaitable));
      if (error) break;
      timer.expires_after(delay);
      co_await timer.async_wait(asio::use_awaitable);
      const auto [unsent, sent] = co_await asio::async_write(*to, asio::buffer(piece.data(), size),
                                                             asio::as_tuple(asio::use_awaitable));
      if (unsent) break;
    }
    boost::system::error_code ignored;
    to->close(ignored);
    from->close(ignored);
  }

  asio::io_context& context_;
  asio::ip::tcp::acceptor acceptor_;
  std::uint16_t to_;
};

TEST_F(RealRedisTest, a_slow_server_is_served_by_and_one_that_is_too_slow_is_left) {
  const RedisProcess server({});
  DelayingProxy proxy(context_, server.port());
  proxy.delay = milliseconds(100);
  Target target;
  target.place = {"127.0.0.1", proxy.port()};
  connect(target);
  expect_service();
  proxy.delay = seconds(5);
  const TimePoint since = net::read_clock().monotonic;
  EXPECT_EQ(ask({"GET", "x"}), "error: the server does not answer in time");
  EXPECT_LT(net::read_clock().monotonic - since, seconds(2));
  proxy.delay = milliseconds(0);
  expect_service();
}

}  // namespace
}  // namespace turnpike::redis
