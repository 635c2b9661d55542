// What a fleet wants, carried out in its order, whatever the server answers and how much there is.
#include "turnpike/node/line.hpp"

#include <gmock/gmock.h>

#include <algorithm>

#include "turnpike/net/clock.hpp"
#include "unit/redis/harness.hpp"

namespace turnpike::node {
namespace {

using fleet::Authority;
using redis::bulk;
using redis::FakeServer;
using redis::run_until;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::StartsWith;

const Now kNow{TimePoint(std::chrono::hours(1)), 1750000000};

class LineTest : public ::testing::Test {
 protected:
  ~LineTest() override {
    if (line_) line_->stop();
    redis::run_for(context_, std::chrono::milliseconds(20));
  }
  void start() {
    redis::Settings settings = redis::settings_for(server_.place());
    settings.limits.session.answer_max = std::chrono::seconds(10);  // the machine may be slow
    line_ = std::make_shared<Line>(context_.get_executor(), fleet::FleetOptions{}, settings, random_);
    line_->start({.connected = [this] { ++connections_; },
                  .lost = [this](const redis::Failure& failure) { lost_.push_back(failure.cause); },
                  .refused = [this](const redis::Failure& failure) { refused_.push_back(failure.cause); }});
  }
  bool is_caught_up() {
    return run_until(context_, [&] {
      line_->send();
      return line_->fleet().bars().is_caught_up();
    });
  }
  bool is_idle() {
    return run_until(context_, [&] { return line_->outstanding() == 0; });
  }
  std::size_t count(std::string_view beginning) const {
    return static_cast<std::size_t>(
        std::ranges::count_if(server_.seen, [&](const auto& each) { return each.starts_with(beginning); }));
  }
  // A server without data.
  static std::optional<std::string> answer_empty(const redis::Command& command) {
    if (command.front() == "SCAN") return "*2\r\n" + bulk("0") + "*0\r\n";
    if (command.front() == "SET") return "+OK\r\n";
    if (command.front() == "GET") return "$-1\r\n";
    if (command.front() == "PTTL") return ":-2\r\n";
    if (command.front() == "PUBLISH" || command.front() == "EVAL" || command.front() == "DEL")
      return ":1\r\n";
    return std::nullopt;
  }

  boost::asio::io_context context_{1};
  SeededRandom random_{1};
  FakeServer server_{context_};
  std::shared_ptr<Line> line_;
  int connections_ = 0;
  std::vector<redis::Cause> lost_, refused_;
};

TEST_F(LineTest, reads_all_that_there_is_page_by_page) {
  const auto answer = [](const redis::Command& command) -> std::optional<std::string> {
    if (command.front() == "SCAN" && command[3].find(":word") != std::string::npos) {
      std::string keys;
      for (int i = 0; i < 300; ++i)
        keys += bulk(command[3].substr(0, command[3].size() - 1) + ":l:" + command[1] + std::to_string(i));
      return "*2\r\n" + bulk(command[1] == "0" ? "9" : "0") + "*300\r\n" + keys;
    }
    return answer_empty(command);
  };
  server_.answer = answer;
  start();
  ASSERT_TRUE(is_caught_up());
  EXPECT_EQ(connections_, 1);
  EXPECT_EQ(count("GET"), 600U);
  EXPECT_EQ(count("PTTL"), 600U);
}

TEST_F(LineTest, the_next_page_does_not_wait_for_what_the_last_one_has) {
  server_.answer = [](const redis::Command& command) -> std::optional<std::string> {
    if (command.front() == "SCAN" && command[3].find(":word") != std::string::npos) {
      const std::string key = command[3].substr(0, command[3].size() - 1) + ":l:" + command[1];
      return "*2\r\n" + bulk(std::to_string((std::stoi(command[1]) + 1) % 4)) + "*1\r\n" + bulk(key);
    }
    if (command.front() == "GET") return "";
    return answer_empty(command);
  };
  start();
  EXPECT_TRUE(run_until(context_, [&] { return count("GET") > 0 && count("SCAN") >= 2; }));
  EXPECT_FALSE(line_->fleet().bars().is_caught_up());
}

TEST_F(LineTest, names_of_many_pages_wait_for_the_values_of_those_before) {
  constexpr int kPages = 3, kKeys = 8000;
  server_.answer = [](const redis::Command& command) -> std::optional<std::string> {
    if (command.front() != "SCAN" || command[3].find(":word") == std::string::npos)
      return answer_empty(command);
    std::string keys;
    for (int i = 0; i < kKeys; ++i)
      keys +=
          bulk(command[3].substr(0, command[3].size() - 1) + ":l:" + command[1] + "." + std::to_string(i));
    return "*2\r\n" + bulk(std::to_string((std::stoi(command[1]) + 1) % kPages)) + "*" +
           std::to_string(kKeys) + "\r\n" + keys;
  };
  start();
  ASSERT_TRUE(run_until(context_, [&] { return count("GET") >= 1500; }));
  EXPECT_EQ(count("SCAN"), 2U) << "of the second page there are names, and too many of the first are left";
}

TEST_F(LineTest, a_write_goes_before_the_message_that_tells_of_it_however_many_there_are) {
  server_.answer = answer_empty;
  start();
  ASSERT_TRUE(is_caught_up());
  server_.seen.clear();
  constexpr int kWords = 600;  // more than wait for their answers at one time
  for (int i = 0; i < kWords; ++i)
    ASSERT_TRUE(line_->fleet().bars().bar(Authority::livekit, "PA_" + std::to_string(i),
                                          std::chrono::hours(1), 1, kNow));
  line_->send();
  ASSERT_TRUE(is_idle());
  EXPECT_THAT(lost_, ::testing::IsEmpty());
  std::vector<std::string> told;
  for (const std::string& each : server_.seen) {
    if (each.find(":word") != std::string::npos) told.push_back(each);
  }
  ASSERT_EQ(told.size(), 2U * kWords);
  for (std::size_t i = 0; i < told.size(); i += 2) {
    EXPECT_THAT(told[i], StartsWith("SET "));
    EXPECT_THAT(told[i + 1], StartsWith("PUBLISH "));
  }
}

TEST_F(LineTest, a_page_that_is_refused_is_asked_for_again) {
  int refusals = 3;
  server_.answer = [&](const redis::Command& command) -> std::optional<std::string> {
    if (command.front() == "SCAN" && refusals > 0) return --refusals, "-ERR not now\r\n";
    return answer_empty(command);
  };
  start();
  EXPECT_TRUE(is_caught_up());
  EXPECT_EQ(refusals, 0);
}

TEST_F(LineTest, a_write_that_is_refused_is_written_again) {
  server_.answer = answer_empty;
  start();
  ASSERT_TRUE(is_caught_up());
  int refusals = 1;
  server_.answer = [&](const redis::Command& command) -> std::optional<std::string> {
    if (command.front() == "SET" && command[1].find(":word") != std::string::npos && refusals > 0)
      return --refusals, "-OOM command not allowed\r\n";
    return answer_empty(command);
  };
  server_.seen.clear();
  ASSERT_TRUE(
      line_->fleet().bars().bar(Authority::livekit, "PA_1", std::chrono::hours(1), 1, net::read_clock()));
  EXPECT_TRUE(run_until(context_, [&] {
    line_->fleet().tick(net::read_clock());
    line_->send();
    return std::ranges::count_if(server_.seen, [](const std::string& each) {
             return each.starts_with("SET ") && each.find(":word") != std::string::npos;
           }) == 2;
  }));
  EXPECT_THAT(refused_, ::testing::ElementsAre(redis::Cause::full));
}

TEST_F(LineTest, whom_a_full_server_gives_the_lease_to_is_not_known) {
  server_.answer = [](const redis::Command& command) -> std::optional<std::string> {
    if (command.front() == "EVAL") return "-OOM command not allowed\r\n";
    return answer_empty(command);
  };
  start();
  ASSERT_TRUE(is_caught_up());
  EXPECT_TRUE(run_until(context_, [&] { return line_->is_lease_refused(); }));
  line_->stop();
  EXPECT_FALSE(line_->is_lease_refused());
}

TEST_F(LineTest, the_lease_is_held_while_the_server_says_so) {
  server_.answer = answer_empty;
  start();
  ASSERT_TRUE(is_caught_up());
  EXPECT_TRUE(run_until(
      context_, [&] { return line_->fleet().reconciliation().is_held(net::read_clock().monotonic); }));
  EXPECT_THAT(server_.seen, Contains(HasSubstr(":lease:reconciliation")));
}

// Answers of the connection before count no more, and nothing waits for them.
TEST_F(LineTest, begins_anew_with_each_connection) {
  server_.answer = [](const redis::Command& command) -> std::optional<std::string> {
    if (command.front() == "SCAN") return redis::kClose;
    return answer_empty(command);
  };
  start();
  ASSERT_TRUE(run_until(context_, [&] { return lost_.size() >= 2; }));
  EXPECT_FALSE(line_->fleet().bars().is_caught_up());
  server_.answer = answer_empty;
  EXPECT_TRUE(is_caught_up());
  EXPECT_TRUE(line_->is_connected());
  EXPECT_TRUE(is_idle());
  EXPECT_FALSE(line_->is_over());
  line_->retire();
  EXPECT_TRUE(line_->is_over());
  EXPECT_TRUE(line_->is_connected());
  EXPECT_TRUE(run_until(context_, [&] { return !line_->is_connected(); }));
  EXPECT_FALSE(line_->fleet().is_connected());
}

}  // namespace
}  // namespace turnpike::node
