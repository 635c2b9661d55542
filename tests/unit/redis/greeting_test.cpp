// What a connection begins with, and which answers are good.
#include "turnpike/redis/greeting.hpp"

#include <gtest/gtest.h>

namespace turnpike::redis {
namespace {

std::string commands_of(const Greeting& greeting) {
  std::string text;
  for (const Step& step : steps_of(greeting)) {
    for (const std::string& word : step.command) text += word + " ";
    text += std::to_string(step.answers) + "; ";
  }
  return text;
}

TEST(RedisGreeting, says_what_is_configured) {
  using Role = Greeting::Role;
  const struct {
    Greeting greeting;
    const char* commands;
  } cases[] = {
      {{}, ""},
      {{.password = "p"}, "AUTH p 1; "},
      {{.user = "u", .password = "p"}, "AUTH u p 1; "},
      {{.user = "u"}, "AUTH u  1; "},
      {{.database = 3}, "SELECT 3 1; "},
      {{.name = "turnpike", .role = Role::master_if_told}, "CLIENT SETNAME turnpike 1; ROLE 1; "},
      {{.password = "p", .database = 1, .name = "n", .role = Role::master_certainly, .channels = {"a", "b"}},
       "AUTH p 1; SELECT 1 1; CLIENT SETNAME n 1; ROLE 1; SUBSCRIBE a b 2; "},
  };
  for (const auto& c : cases) EXPECT_EQ(commands_of(c.greeting), c.commands);
}

// The verdict on each answer to the step of this command.
std::string judge(const Greeting& greeting, const std::string& command, const Reply& reply) {
  for (const Step& step : steps_of(greeting)) {
    if (step.command.front() != command) continue;
    const auto failure = step.judge(reply);
    return failure ? failure->text() : "good";
  }
  return "no such step";
}

TEST(RedisGreeting, answers_are_judged_by_what_was_asked) {
  Greeting strict{.user = "u", .password = "p", .database = 3, .name = "n", .channels = {"a"}};
  strict.role = Greeting::Role::master_certainly;
  Greeting lenient = strict;
  lenient.role = Greeting::Role::master_if_told;
  const Reply ok = Reply::status("OK");
  const Reply unknown = Reply::error("ERR unknown command 'AUTH', with args beginning with: 'u' 'p'");
  const auto role = [](const char* name) { return Reply::array({Reply::string(name), Reply::integer(1)}); };
  const auto told = [](const char* kind) {
    return Reply::array({Reply::string(kind), Reply::string("a"), Reply::integer(1)});
  };
  const struct {
    const Greeting& greeting;
    const char* command;
    Reply reply;
    const char* verdict;
  } cases[] = {
      {strict, "AUTH", ok, "good"},
      {strict, "AUTH", Reply::error("WRONGPASS no"), "the server refuses the password: WRONGPASS no"},
      {strict, "AUTH", unknown, "the server refuses it: AUTH ERR"},
      {strict, "AUTH", Reply::nil(), "what the server sends is no answer: no answer to AUTH"},
      {strict, "SELECT", ok, "good"},
      {strict, "SELECT", Reply::error("ERR DB index is out of range"),
       "the server has no such database: ERR DB index is out of range"},
      {strict, "SELECT", Reply::integer(1), "what the server sends is no answer: no answer to SELECT"},
      {strict, "CLIENT", Reply::error("NOPERM no"), "good"},
      {strict, "CLIENT", Reply::error("ERR unknown"), "good"},
      {strict, "CLIENT", Reply::error("ERR max number of clients reached"),
       "the server has too many clients: ERR max number of clients reached"},
      {strict, "CLIENT", Reply::error("DENIED no"), "the server does not permit it: DENIED no"},
      {strict, "ROLE", role("master"), "good"},
      {strict, "ROLE", role("slave"), "the server is not a master"},
      {strict, "ROLE", role("sentinel"), "the server is not a master"},
      {strict, "ROLE", Reply::error("NOPERM no"), "the server does not permit it: NOPERM no"},
      {strict, "ROLE", Reply::error("ERR unknown"), "the server refuses it: ERR unknown"},
      {strict, "ROLE", Reply::array({}), "what the server sends is no answer: no answer to ROLE"},
      {strict, "ROLE", ok, "what the server sends is no answer: no answer to ROLE"},
      {lenient, "ROLE", role("master"), "good"},
      {lenient, "ROLE", role("slave"), "the server is not a master"},
      {lenient, "ROLE", Reply::error("NOPERM no"), "good"},
      {lenient, "ROLE", Reply::error("ERR unknown"), "good"},
      {lenient, "ROLE", Reply::error("NOAUTH no"), "the server wants a password: NOAUTH no"},
      {lenient, "ROLE", Reply::error("DENIED no"), "the server does not permit it: DENIED no"},
      {lenient, "ROLE", Reply::error("LOADING no"), "the server is still loading its data: LOADING no"},
      {strict, "SUBSCRIBE", told("subscribe"), "good"},
      {strict, "SUBSCRIBE", told("unsubscribe"),
       "what the server sends is no answer: no answer to SUBSCRIBE"},
      {strict, "SUBSCRIBE", Reply::error("NOPERM no"), "the server does not permit it: NOPERM no"},
      {strict, "SUBSCRIBE", ok, "what the server sends is no answer: no answer to SUBSCRIBE"},
  };
  for (const auto& c : cases) EXPECT_EQ(judge(c.greeting, c.command, c.reply), c.verdict) << c.command;
}

TEST(RedisGreeting, a_sign_of_life_is_a_pong_in_either_form) {
  const auto is_good = [](const Reply& reply) { return !ping().judge(reply); };
  EXPECT_TRUE(is_good(Reply::status("PONG")));
  EXPECT_TRUE(is_good(Reply::array({Reply::string("pong"), Reply::string("")})));
  EXPECT_FALSE(is_good(Reply::array({Reply::string("message"), Reply::string("")})));
  EXPECT_FALSE(is_good(Reply::error("ERR no")));
  EXPECT_FALSE(is_good(Reply::nil()));
}

}  // namespace
}  // namespace turnpike::redis
