// A connection to Redis by scripts: what comes and when, and the whole list of what follows.
#include "turnpike/redis/session.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace turnpike::redis {
namespace {

using std::chrono::milliseconds;
using Lines = std::vector<std::string>;

// '|' stands for the end of a line.
std::string with_bars(std::string text) {
  for (auto at = text.find("\r\n"); at != text.npos; at = text.find("\r\n", at)) text.replace(at, 2, "|");
  return text;
}
std::string with_line_ends(std::string text) {
  for (auto at = text.find('|'); at != text.npos; at = text.find('|', at)) text.replace(at, 1, "\r\n");
  return text;
}

std::string word_of(const Reply& reply) {
  switch (reply.kind) {
    case Reply::Kind::nil: return "nil";
    case Reply::Kind::integer: return std::to_string(reply.number);
    case Reply::Kind::array: return "[" + std::to_string(reply.elements.size()) + "]";
    default: return reply.text;
  }
}

struct Describe {
  std::string operator()(const Ready&) const { return "ready"; }
  std::string operator()(const Answered& e) const {
    return "answer to " + std::to_string(e.ticket) + ": " + word_of(e.reply);
  }
  std::string operator()(const Message& e) const { return "message on " + e.channel + ": " + e.payload; }
  std::string operator()(const Troubled& e) const {
    return "troubled: " + std::string(name(e.failure.cause));
  }
  std::string operator()(const Ended& e) const { return "ended: " + e.failure.text(); }
};

class SessionTest : public testing::Test {
 protected:
  void begin(const Greeting& greeting, const SessionLimits& limits = {}) {
    session_.emplace(greeting, limits, now_);
  }
  std::string ask(Ticket ticket, std::vector<Command> commands) {
    const auto refused = session_->ask(ticket, commands, now_);
    return refused ? std::string(name(refused->cause)) : "asked";
  }
  // What follows, whole.
  Lines outcome() {
    Lines lines;
    if (session_->has_unsent()) lines.push_back("send " + with_bars(session_->take_unsent()));
    while (const auto event = session_->next_event()) lines.push_back(std::visit(Describe(), *event));
    return lines;
  }
  Lines receive(const std::string& text) {
    session_->on_bytes(with_line_ends(text), now_);
    return outcome();
  }
  Lines wait(milliseconds time) {
    now_ += time;
    session_->on_time(now_);
    return outcome();
  }
  void begin_plain(const SessionLimits& limits = {}) {
    begin({}, limits);
    EXPECT_EQ(outcome(), (Lines{"ready"}));
  }

  TimePoint now_ = TimePoint(std::chrono::hours(1));
  std::optional<Session> session_;
};

const Greeting kWhole{.user = "u",
                      .password = "p",
                      .database = 3,
                      .name = "n",
                      .role = Greeting::Role::master_certainly,
                      .channels = {"a", "b"}};
const Lines kGoodAnswers{
    "+OK|", "+OK|", "+OK|", "*3|$6|master|:0|*0|", "*3|$9|subscribe|$1|a|:1|", "*3|$9|subscribe|$1|b|:2|"};

TEST_F(SessionTest, sends_its_greeting_at_once_and_is_ready_with_the_last_answer) {
  begin(kWhole);
  EXPECT_EQ(outcome(), (Lines{"send *3|$4|AUTH|$1|u|$1|p|*2|$6|SELECT|$1|3|*3|$6|CLIENT|$7|SETNAME|$1|n|"
                              "*1|$4|ROLE|*3|$9|SUBSCRIBE|$1|a|$1|b|"}));
  for (std::size_t i = 0; i < kGoodAnswers.size(); ++i) {
    EXPECT_FALSE(session_->is_ready());
    EXPECT_EQ(ask(1, {{"GET", "x"}}), "no_connection");
    EXPECT_EQ(receive(kGoodAnswers[i]), i + 1 < kGoodAnswers.size() ? Lines() : Lines{"ready"});
  }
  EXPECT_TRUE(session_->is_ready());
}

TEST_F(SessionTest, without_a_greeting_is_ready_at_once) { begin_plain(); }

TEST_F(SessionTest, a_greeting_fails_at_each_step_in_turn) {
  const struct {
    const char* answer;
    const char* outcome;
  } bad[] = {
      {"-LOADING|", "ended: the server is still loading its data: LOADING"},
      {"!", "ended: what the server sends is no answer: it is malformed"},
      {"$9999999|", "ended: what the server sends is no answer: it is too large"},
  };
  for (const auto& c : bad) {
    for (std::size_t step = 0; step < kGoodAnswers.size(); ++step) {
      begin(kWhole);
      outcome();
      for (std::size_t i = 0; i < step; ++i) EXPECT_EQ(receive(kGoodAnswers[i]), Lines());
      EXPECT_EQ(receive(c.answer), Lines{c.outcome}) << step;
      EXPECT_EQ(receive("+OK|"), Lines()) << step;
      EXPECT_EQ(session_->next_deadline(), std::nullopt);
    }
  }
  for (std::size_t step = 0; step < kGoodAnswers.size(); ++step) {
    begin(kWhole);
    outcome();
    for (std::size_t i = 0; i < step; ++i) EXPECT_EQ(receive(kGoodAnswers[i]), Lines());
    EXPECT_EQ(wait(milliseconds(1499)), Lines());
    EXPECT_EQ(wait(milliseconds(1)), Lines{"ended: the server does not answer in time"});
  }
}

TEST_F(SessionTest, answers_go_to_the_commands_in_the_order_of_asking) {
  begin_plain();
  EXPECT_EQ(ask(1, {{"GET", "x"}}), "asked");
  EXPECT_EQ(ask(2, {{"INCR", "y"}, {"GET", "z"}}), "asked");
  EXPECT_EQ(outcome(), Lines{"send *2|$3|GET|$1|x|*2|$4|INCR|$1|y|*2|$3|GET|$1|z|"});
  EXPECT_EQ(session_->outstanding(), 3U);
  EXPECT_EQ(receive("$1|v|:5|"), (Lines{"answer to 1: v", "answer to 2: 5"}));
  EXPECT_EQ(receive("$-"), Lines());
  EXPECT_EQ(receive("1|"), Lines{"answer to 2: nil"});
  EXPECT_EQ(session_->outstanding(), 0U);
}

TEST_F(SessionTest, an_answer_to_nothing_ends_it) {
  begin_plain();
  EXPECT_EQ(receive("+OK|+OK|"),
            Lines{"ended: what the server sends is no answer: an answer to nothing that was asked"});
  begin_plain();
  EXPECT_EQ(receive("-ERR max number of clients reached|"),
            Lines{"ended: the server has too many clients: ERR max number of clients reached"});
}

TEST_F(SessionTest, errors_of_the_server_are_answers_and_some_mean_more) {
  const struct {
    const char* answer;
    Lines outcome;
  } cases[] = {
      {"-WRONGTYPE no|", {"answer to 1: WRONGTYPE no"}},
      {"-NOSCRIPT no|", {"answer to 1: NOSCRIPT no"}},
      {"-OOM no|", {"answer to 1: OOM no", "troubled: full"}},
      {"-NOPERM no|", {"answer to 1: NOPERM no", "troubled: not_permitted"}},
      {"-READONLY no|", {"answer to 1: READONLY no", "ended: the server is not a master: READONLY no"}},
      {"-NOAUTH no|", {"answer to 1: NOAUTH no", "ended: the server wants a password: NOAUTH no"}},
  };
  for (const auto& c : cases) {
    begin_plain();
    ask(1, {{"SET", "x", "y"}});
    outcome();
    EXPECT_EQ(receive(c.answer), c.outcome);
  }
}

TEST_F(SessionTest, what_is_beyond_its_bounds_is_refused_at_once_and_whole) {
  begin_plain({.outstanding_max = 3, .unsent_bytes_max = 100});
  EXPECT_EQ(ask(1, {{"A"}, {"B"}}), "asked");
  EXPECT_EQ(ask(2, {{"C"}, {"D"}}), "too_many_commands");
  EXPECT_EQ(ask(3, {{"E"}}), "asked");
  EXPECT_EQ(ask(4, {{"F"}}), "too_many_commands");
  EXPECT_EQ(outcome(), Lines{"send *1|$1|A|*1|$1|B|*1|$1|E|"});
  EXPECT_EQ(receive("+1|+2|+3|"), (Lines{"answer to 1: 1", "answer to 1: 2", "answer to 3: 3"}));

  EXPECT_EQ(ask(5, {{"A", std::string(70, 'x')}}), "asked");
  EXPECT_EQ(ask(6, {{"A"}, {"B"}}), "too_many_commands");
  outcome();  // which is sent now
  EXPECT_EQ(ask(7, {{"A"}, {"B"}}), "asked");
  begin_plain();
  EXPECT_EQ(ask(8, {{"A"}, {}}), "command_too_large");
  EXPECT_EQ(ask(9, {{"A", std::string(2 << 20, 'x')}}), "command_too_large");
  EXPECT_EQ(outcome(), Lines());
  EXPECT_EQ(session_->outstanding(), 0U);
}

TEST_F(SessionTest, a_command_has_its_time_from_when_it_was_asked) {
  begin_plain();
  ask(1, {{"A"}});
  EXPECT_EQ(wait(milliseconds(1000)).size(), 1U);
  ask(2, {{"B"}});
  EXPECT_EQ(session_->next_deadline(), now_ + milliseconds(500));
  EXPECT_EQ(receive("+1|").back(), "answer to 1: 1");
  EXPECT_EQ(session_->next_deadline(), now_ + milliseconds(1500));
  EXPECT_EQ(wait(milliseconds(1499)), Lines());
  EXPECT_EQ(receive("$3|ab"), Lines());  // half an answer is none
  EXPECT_EQ(wait(milliseconds(1)), Lines{"ended: the server does not answer in time"});
  EXPECT_EQ(ask(3, {{"C"}}), "no_connection");
}

TEST_F(SessionTest, an_answer_that_is_there_counts_although_its_time_is_over) {
  begin_plain();
  ask(1, {{"A"}});
  outcome();
  now_ += milliseconds(5000);
  EXPECT_EQ(receive("+1|"), (Lines{"send *1|$4|PING|", "answer to 1: 1"}));
}

TEST_F(SessionTest, asks_a_server_that_is_quiet_whether_it_is_there) {
  begin_plain();
  EXPECT_EQ(session_->next_deadline(), now_ + milliseconds(2000));
  EXPECT_EQ(wait(milliseconds(1999)), Lines());
  EXPECT_EQ(wait(milliseconds(1)), Lines{"send *1|$4|PING|"});
  EXPECT_EQ(receive("+PONG|"), Lines());
  EXPECT_EQ(wait(milliseconds(2000)), Lines{"send *1|$4|PING|"});
  EXPECT_EQ(wait(milliseconds(1500)), Lines{"ended: the server does not answer in time"});
}

TEST_F(SessionTest, has_messages_of_its_channels_and_no_commands) {
  begin({.channels = {"a", "b"}});
  EXPECT_EQ(outcome(), Lines{"send *3|$9|SUBSCRIBE|$1|a|$1|b|"});
  EXPECT_EQ(receive("*3|$9|subscribe|$1|a|:1|*3|$7|message|$1|a|$5|early|"), Lines{"message on a: early"});
  EXPECT_EQ(receive("*3|$9|subscribe|$1|b|:2|"), Lines{"ready"});
  EXPECT_EQ(ask(1, {{"GET", "x"}}), "no_connection");
  EXPECT_EQ(receive("*3|$7|message|$1|b|$0||"), Lines{"message on b: "});
  EXPECT_EQ(wait(milliseconds(2000)), Lines{"send *1|$4|PING|"});
  EXPECT_EQ(receive("*3|$7|message|$1|b|$1|1|*2|$4|pong|$0||*3|$7|message|$1|b|$1|2|"),
            (Lines{"message on b: 1", "message on b: 2"}));
  EXPECT_EQ(receive("*3|$7|message|$1|b|:1|"),
            Lines{"ended: what the server sends is no answer: an answer to nothing that was asked"});
}

TEST_F(SessionTest, messages_are_no_sign_that_the_server_answers) {
  begin({.channels = {"a"}});
  receive("*3|$9|subscribe|$1|a|:1|");
  EXPECT_EQ(wait(milliseconds(2000)), Lines{"send *1|$4|PING|"});
  now_ += milliseconds(1500);
  EXPECT_EQ(receive("*3|$7|message|$1|a|$1|1|"),
            (Lines{"message on a: 1", "ended: the server does not answer in time"}));
}

TEST_F(SessionTest, ends_once) {
  begin_plain();
  ask(1, {{"A"}});
  session_->end({Cause::closed, "End of file"});
  session_->end({Cause::stopped, ""});
  EXPECT_EQ(outcome(), Lines{"ended: the connection is lost: End of file"});
  EXPECT_EQ(wait(std::chrono::hours(1)), Lines());
  EXPECT_EQ(session_->outstanding(), 0U);
}

}  // namespace
}  // namespace turnpike::redis
