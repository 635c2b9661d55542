// One connection, against a server that answers whatever the test says.
#include "turnpike/redis/connection.hpp"

#include <gtest/gtest.h>

#include "harness.hpp"

namespace turnpike::redis {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;
using Words = std::vector<std::string>;

class ConnectionTest : public testing::Test {
 protected:
  std::shared_ptr<Connection> make() {
    Connection::Handlers handlers;
    handlers.message = [this](const Message& m) {
      heard_.push_back("message " + m.channel + " " + m.payload);
    };
    handlers.troubled = [this](const Failure& f) {
      heard_.push_back("troubled " + std::string(name(f.cause)));
    };
    handlers.ended = [this] { heard_.push_back("ended"); };
    return std::make_shared<Connection>(context_.get_executor(), tls_, short_limits().session,
                                        std::move(handlers));
  }
  Destination to_server(bool is_secure = false) {
    const auto port = server_.place().port;
    return {{asio::ip::tcp::endpoint(asio::ip::address_v4::loopback(), port)}, "127.0.0.1", is_secure};
  }
  // "" when it is ready.
  std::string open(Connection& connection, const Greeting& greeting = {}) {
    return open(connection, to_server(), greeting);
  }
  std::string open(Connection& connection, const Destination& to, const Greeting& greeting = {}) {
    const auto failure = run(context_, connection.open(to, greeting, milliseconds(300)));
    return failure ? failure->text() : "";
  }
  std::string ask(Connection& connection, std::vector<Command> commands) {
    const auto replies = run(context_, connection.ask(std::move(commands)));
    if (!replies) return replies.error().text();
    std::string text;
    for (const Reply& reply : *replies) text += (text.empty() ? "" : " ") + reply.text;
    return text;
  }

  Words heard_;
  asio::io_context context_{1};
  asio::ssl::context tls_ = make_client_tls(false);
  FakeServer server_{context_};
};

TEST_F(ConnectionTest, greets_and_asks) {
  const auto connection = make();
  Greeting greeting{.password = "p", .name = "n"};
  EXPECT_EQ(open(*connection, greeting), "");
  EXPECT_EQ(ask(*connection, {{"GET", "x"}}), "OK");
  EXPECT_EQ(ask(*connection, {{"GET", "y"}, {"PING"}, {"GET", "z"}}), "OK PONG OK");
  EXPECT_EQ(server_.seen, (Words{"AUTH p", "CLIENT SETNAME n", "GET x", "GET y", "PING", "GET z"}));
  EXPECT_EQ(ask(*connection, {}), "");
  connection->end({Cause::stopped, ""});
  EXPECT_EQ(ask(*connection, {{"GET", "x"}}), "there is no connection");
  EXPECT_EQ(heard_, Words{"ended"});
}

TEST_F(ConnectionTest, a_server_that_cannot_be_had_has_a_reason) {
  const Destination nobody{
      {asio::ip::tcp::endpoint(asio::ip::address_v4::loopback(), 1)}, "127.0.0.1", false};
  EXPECT_EQ(open(*make(), nobody), "the server cannot be reached: Connection refused");
  const Destination nowhere{{asio::local::stream_protocol::endpoint("/nowhere/redis.sock")}, "", false};
  EXPECT_EQ(open(*make(), nowhere), "the server cannot be reached: No such file or directory");
  EXPECT_EQ(open(*make(), Destination{}), "the server cannot be reached: Host not found (authoritative)");
  // To a handshake such a server has nothing to say.
  EXPECT_EQ(open(*make(), to_server(true)), "the server does not answer in time: its TLS does not answer");
}

TEST_F(ConnectionTest, another_address_is_tried_where_one_refuses) {
  Destination to = to_server();
  to.endpoints.insert(to.endpoints.begin(), asio::ip::tcp::endpoint(asio::ip::address_v4::loopback(), 1));
  EXPECT_EQ(open(*make(), to), "");
}

TEST_F(ConnectionTest, fails_at_each_step_of_the_greeting_in_turn) {
  const Greeting greeting{.password = "p", .database = 1, .role = Greeting::Role::master_certainly};
  for (const std::string step : {"AUTH", "SELECT", "ROLE"}) {
    const struct {
      std::string answer;
      std::string fault;
    } cases[] = {
        {"", "the server does not answer in time"},
        {kClose, "the connection is lost: the server has closed it"},
        {"!", "what the server sends is no answer: it is malformed"},
        {"-NOPERM no\r\n", "the server does not permit it: NOPERM no"},
        {"*1000000000\r\n", "what the server sends is no answer: it has too many elements"},
    };
    for (const auto& c : cases) {
      bool is_there = false;
      server_.answer = [&](const Command& command) -> std::optional<std::string> {
        is_there |= command[0] == step;
        return is_there ? std::optional(command[0] == step ? c.answer : "") : std::nullopt;
      };
      EXPECT_EQ(open(*make(), greeting), c.fault) << step;
    }
  }
}

TEST_F(ConnectionTest, an_answer_that_never_ends_is_none) {
  const auto connection = make();
  EXPECT_EQ(open(*connection), "");
  server_.answer = [](const Command&) { return "+" + std::string(100000, 'x'); };
  EXPECT_EQ(ask(*connection, {{"GET", "x"}}), "what the server sends is no answer: it is too large");
  run_until(context_, [&] { return server_.living() == 0; });
  EXPECT_EQ(server_.living(), 0U);
}

TEST_F(ConnectionTest, a_drip_of_bytes_is_no_answer) {
  const auto connection = make();
  EXPECT_EQ(open(*connection), "");
  server_.answer = [](const Command&) { return "$100000\r\n"; };
  asio::co_spawn(
      context_,
      [this, connection]() -> asio::awaitable<void> {
        asio::steady_timer timer(context_);
        for (int i = 0; i < 100 && !connection->failure(); ++i) {
          timer.expires_after(milliseconds(20));
          co_await timer.async_wait(asio::use_awaitable);
          server_.push("x");
        }
      },
      asio::detached);
  EXPECT_EQ(ask(*connection, {{"GET", "x"}}), "the server does not answer in time");
}

TEST_F(ConnectionTest, silence_fails_what_waits_and_what_is_beyond_the_bound_at_once) {
  const auto connection = make();
  EXPECT_EQ(open(*connection), "");
  server_.answer = [](const Command&) { return ""; };
  std::map<std::string, int> outcomes;
  const auto asked = std::chrono::steady_clock::now();
  for (int i = 0; i < 3000; ++i) {
    std::vector<Command> commands{{"GET", "x"}};
    asio::co_spawn(context_, connection->ask(std::move(commands)),
                   [&](std::exception_ptr, Result<std::vector<Reply>, Failure> replies) {
                     ++outcomes[replies ? "answered" : std::string(name(replies.error().cause))];
                   });
  }
  run_until(context_, [&] { return outcomes["too_many_commands"] + outcomes["timed_out"] == 3000; });
  EXPECT_EQ(outcomes["timed_out"], 2048);
  EXPECT_EQ(outcomes["too_many_commands"], 952);
  EXPECT_LT(std::chrono::steady_clock::now() - asked, std::chrono::seconds(3));
  EXPECT_EQ(connection->outstanding(), 0U);
}

TEST_F(ConnectionTest, what_a_server_does_not_read_is_bounded) {
  const auto connection = make();
  EXPECT_EQ(open(*connection), "");
  server_.answer = [](const Command&) { return ""; };
  int refused = 0, failed = 0;
  for (int i = 0; i < 100; ++i) {
    std::vector<Command> commands{{"SET", "x", std::string(500000, 'x')}};
    asio::co_spawn(context_, connection->ask(std::move(commands)),
                   [&](std::exception_ptr, Result<std::vector<Reply>, Failure> replies) {
                     refused += !replies && replies.error().cause == Cause::too_many_commands;
                     failed += !replies;
                   });
  }
  run_until(context_, [&] { return failed == 100; });
  EXPECT_GE(refused, 80);  // 4 MiB wait, and as much may be on its way
}

TEST_F(ConnectionTest, has_messages_and_notices_a_server_that_is_silent) {
  const auto connection = make();
  EXPECT_EQ(open(*connection, {.channels = {"a"}}), "");
  server_.push(message("a", "1") + message("a", "2"));
  run_until(context_, [&] { return heard_.size() == 2; });
  run_for(context_, milliseconds(500));  // of which each tenth has a PING
  EXPECT_EQ(heard_, (Words{"message a 1", "message a 2"}));
  server_.answer = [](const Command&) { return ""; };
  run_until(context_, [&] { return heard_.size() == 3; });
  EXPECT_EQ(heard_.back(), "ended");
  EXPECT_EQ(connection->failure()->cause, Cause::timed_out);
}

TEST_F(ConnectionTest, may_be_ended_by_its_own_handler_and_hears_no_more) {
  Connection::Handlers handlers;
  std::shared_ptr<Connection> connection;
  handlers.message = [&](const Message& m) {
    heard_.push_back(m.payload);
    connection->end({Cause::stopped, ""});
  };
  connection = std::make_shared<Connection>(context_.get_executor(), tls_, short_limits().session, handlers);
  EXPECT_EQ(open(*connection, {.channels = {"a"}}), "");
  server_.push(message("a", "1") + message("a", "2"));
  run_until(context_, [&] { return connection->failure().has_value(); });
  EXPECT_EQ(heard_, Words{"1"});
}

TEST_F(ConnectionTest, tells_of_a_server_that_is_ill) {
  const auto connection = make();
  EXPECT_EQ(open(*connection), "");
  server_.answer = [](const Command&) { return "-OOM full\r\n"; };
  EXPECT_EQ(ask(*connection, {{"SET", "x", "y"}}), "OOM full");
  server_.answer = [](const Command&) { return "-READONLY no\r\n"; };
  EXPECT_EQ(ask(*connection, {{"SET", "x", "y"}}), "READONLY no");
  EXPECT_EQ(heard_, (Words{"troubled full", "ended"}));
}

}  // namespace
}  // namespace turnpike::redis
