// The client as a service has it, against a server that answers whatever the test says.
#include "turnpike/redis/client.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "harness.hpp"

namespace turnpike::redis {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;
using Words = std::vector<std::string>;

class RedisClientTest : public testing::Test {
 protected:
  RedisClientTest() { client_ = make(settings_for(server_.place())); }
  ~RedisClientTest() override {
    client_.reset();
    run_for(context_, milliseconds(20));
  }

  std::unique_ptr<Client> make(const Settings& settings) {
    auto client = std::make_unique<Client>(context_.get_executor(), settings, random_);
    client->subscribe({"news", "more"}, [this](std::string_view channel, std::string_view payload) {
      story_.push_back(std::string(channel) + ": " + std::string(payload));
    });
    client->on_connected([this] { story_.emplace_back("connected"); });
    client->on_lost([this](const Failure& failure) { story_.push_back(std::string(name(failure.cause))); });
    return client;
  }
  Words story(std::size_t lines) {
    run_until(context_, [&] { return story_.size() >= lines; });
    return story_;
  }
  std::string ask(Command command) {
    const auto outcome = run(context_, client_->ask(std::move(command)));
    return outcome ? outcome->text : "error: " + outcome.error();
  }

  asio::io_context context_{1};
  SeededRandom random_{1};
  FakeServer server_{context_};
  std::unique_ptr<Client> client_;
  Words story_;
};

TEST_F(RedisClientTest, is_connected_once_both_connections_are_there) {
  EXPECT_EQ(ask({"GET", "x"}), "error: there is no connection");
  client_->start();
  EXPECT_EQ(story(1), Words{"connected"});
  EXPECT_TRUE(client_->is_connected());
  EXPECT_EQ(server_.seen, (Words{"CLIENT SETNAME turnpike", "ROLE", "CLIENT SETNAME turnpike", "ROLE",
                                 "SUBSCRIBE news more"}));
  EXPECT_EQ(ask({"GET", "x"}), "OK");
  server_.answer = [](const Command& command) -> std::optional<std::string> {
    if (command[0] == "GET") return "-WRONGTYPE no\r\n";
    return command[0] == "MGET" ? std::optional("*1\r\n-ERR inner\r\n") : std::nullopt;
  };
  EXPECT_EQ(ask({"GET", "x"}), "error: WRONGTYPE no");
  const auto outcomes = run(context_, client_->ask_all({{"SET", "x", "1"}, {"GET", "x"}, {"MGET", "x"}}));
  ASSERT_EQ(outcomes.size(), 3U);
  EXPECT_EQ(*outcomes[0], Reply::status("OK"));
  EXPECT_EQ(outcomes[1].error(), "WRONGTYPE no");
  EXPECT_EQ(*outcomes[2], Reply::array({Reply::error("ERR inner")}));
  EXPECT_TRUE(run(context_, client_->ask_all({})).empty());
}

TEST_F(RedisClientTest, has_messages_and_says_when_some_may_be_missing) {
  client_->start();
  EXPECT_EQ(story(1), Words{"connected"});
  server_.push("");
  for (int round = 0; round < 3; ++round) {
    story_.clear();
    server_.drop_all();
    EXPECT_EQ(story(2), (Words{"closed", "connected"}));
    EXPECT_EQ(server_.living(), 2U);
  }
}

TEST_F(RedisClientTest, loses_both_connections_with_either) {
  client_->start();
  story(1);
  for (const char* lost : {"ROLE", "SUBSCRIBE"}) {  // which came last on one of them
    story_.clear();
    const std::string until = lost;
    server_.answer = [&](const Command& command) -> std::optional<std::string> {
      return command[0] == "PING" && server_.seen.size() % 2 == (until == "ROLE" ? 0U : 1U)
                 ? std::optional(kClose)
                 : std::nullopt;
    };
    EXPECT_EQ(story(1).front(), "closed");
    server_.answer = {};
    run_until(context_, [&] { return client_->is_connected(); });
    run_until(context_, [&] { return server_.living() == 2; });
    EXPECT_EQ(server_.living(), 2U);
  }
}

TEST_F(RedisClientTest, tells_each_attempt_that_fails_and_why_there_is_no_answer) {
  server_.answer = [](const Command& command) -> std::optional<std::string> {
    return command[0] == "ROLE" ? std::optional("-LOADING Redis is loading\r\n") : std::nullopt;
  };
  client_->start();
  EXPECT_EQ(story(3), (Words{"loading", "loading", "loading"}));
  EXPECT_EQ(ask({"GET", "x"}), "error: the server is still loading its data: LOADING Redis is loading");
  server_.answer = {};
  run_until(context_, [&] { return client_->is_connected(); });
  EXPECT_EQ(story_.back(), "connected");
}

TEST_F(RedisClientTest, a_server_that_is_full_is_told_and_stays_connected) {
  client_->start();
  story(1);
  server_.answer = [](const Command& command) -> std::optional<std::string> {
    return command[0] == "SET" ? std::optional("-OOM command not allowed\r\n") : std::nullopt;
  };
  EXPECT_EQ(ask({"SET", "x", "y"}), "error: OOM command not allowed");
  EXPECT_EQ(client_->last_failure()->cause, Cause::full);
  EXPECT_TRUE(client_->is_connected());
}

TEST_F(RedisClientTest, a_server_that_freezes_fails_what_is_asked_and_is_left) {
  client_->start();
  story(1);
  server_.answer = [](const Command&) { return ""; };
  std::vector<asio::awaitable<Outcome>> none;
  EXPECT_EQ(ask({"GET", "x"}), "error: the server does not answer in time");
  EXPECT_EQ(story(2), (Words{"connected", "timed_out"}));
  EXPECT_EQ(client_->outstanding(), 0U);
  run_for(context_, milliseconds(1000));  // it accepts, and says nothing
  EXPECT_LE(server_.living(), 2U);
  for (std::size_t i = 1; i < story_.size(); ++i) EXPECT_EQ(story_[i], "timed_out");
}

TEST_F(RedisClientTest, that_this_process_stands_still_is_not_the_fault_of_the_server) {
  client_->start();
  story(1);
  for (const bool is_sent : {false, true}) {
    std::string outcome;
    asio::co_spawn(context_, client_->ask({"GET", "x"}),
                   [&](std::exception_ptr, Outcome got) { outcome = got ? got->text : got.error(); });
    context_.restart();
    while (client_->outstanding() == 0) context_.poll_one();
    if (is_sent) context_.poll_one();
    std::this_thread::sleep_for(milliseconds(400));
    run_until(context_, [&] { return !outcome.empty(); });
    EXPECT_EQ(outcome, "OK");
  }
  EXPECT_EQ(story_, Words{"connected"});
}

TEST_F(RedisClientTest, stops_at_once_whatever_it_is_doing) {
  client_->start();
  story(1);
  server_.answer = [](const Command& command) {
    return command[0] == "GET" ? std::optional<std::string>("") : std::nullopt;
  };
  std::string outcome;
  asio::co_spawn(context_, client_->ask({"GET", "x"}),
                 [&](std::exception_ptr, Outcome got) { outcome = got ? got->text : got.error(); });
  run_for(context_, milliseconds(10));
  client_->stop();
  run_until(context_, [&] { return !outcome.empty(); });
  EXPECT_EQ(outcome, "it is stopped");
  EXPECT_EQ(ask({"GET", "x"}), "error: it is stopped");
  run_until(context_, [&] { return server_.living() == 0; });
  EXPECT_EQ(server_.living(), 0U);
  EXPECT_EQ(story_, Words{"connected"});
}

TEST_F(RedisClientTest, may_be_destroyed_by_each_of_its_handlers) {
  for (const std::string by : {"connected", "message", "lost"}) {
    auto client = std::make_unique<Client>(context_.get_executor(), settings_for(server_.place()), random_);
    bool is_gone = false;
    const auto destroy = [&, own = std::string(100, 'x')](const std::string& caller) {
      if (caller != by) return;
      client.reset();
      is_gone = own.size() == 100;  // the handler is still there
    };
    client->subscribe({"news"}, [&](std::string_view, std::string_view) { destroy("message"); });
    client->on_connected([&] { destroy("connected"); });
    client->on_lost([&](const Failure&) { destroy("lost"); });
    client->start();
    run_until(context_, [&] { return is_gone || client->is_connected(); });
    server_.answer = [](const Command& command) -> std::optional<std::string> {
      if (command[0] == "PING") return "";
      return std::nullopt;
    };
    run_for(context_, milliseconds(10));
    if (by == "message") {
      // Only the connection for messages has something to do with one.
      server_.answer = [](const Command& command) -> std::optional<std::string> {
        if (command[0] != "SUBSCRIBE") return std::nullopt;
        return "*3\r\n" + bulk("subscribe") + bulk("news") + ":1\r\n" + message("news", "1");
      };
      server_.drop_all();
    }
    run_until(context_, [&] { return is_gone; });
    EXPECT_TRUE(is_gone) << by;
    server_.answer = {};
    run_until(context_, [&] { return server_.living() == 0; });
    EXPECT_EQ(server_.living(), 0U) << by;
  }
}

TEST_F(RedisClientTest, what_a_handler_throws_is_not_lost) {
  client_->on_connected([] { throw std::runtime_error("no"); });
  client_->start();
  EXPECT_THROW(run_until(context_, [] { return false; }), std::runtime_error);
}

TEST(RedisClientsEnd, leaves_nothing_behind_whatever_it_was_doing) {
  for (const milliseconds when : {milliseconds(0), milliseconds(1), milliseconds(3), milliseconds(30)}) {
    for (const bool is_destroyed_first : {false, true}) {
      SeededRandom random(1);
      asio::io_context context(1);
      auto server = std::make_unique<FakeServer>(context);
      auto client = std::make_unique<Client>(context.get_executor(), settings_for(server->place()), random);
      client->start();
      run_for(context, when);
      server->answer = [](const Command&) { return ""; };
      asio::co_spawn(context, client->ask({"GET", "x"}), asio::detached);
      if (is_destroyed_first) client.reset();
      server.reset();
    }
  }
}

TEST_F(RedisClientTest, without_channels_has_one_connection) {
  client_ = std::make_unique<Client>(context_.get_executor(), settings_for(server_.place()), random_);
  client_->start();
  run_until(context_, [&] { return client_->is_connected(); });
  EXPECT_EQ(server_.living(), 1U);
}

}  // namespace
}  // namespace turnpike::redis
