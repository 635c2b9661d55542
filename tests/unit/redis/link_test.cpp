// Which server a link leads to: passwords, sentinels, masters.
#include "turnpike/redis/link.hpp"

#include <gtest/gtest.h>

#include "harness.hpp"
#include "temporary_folder.hpp"

namespace turnpike::redis {
namespace {

namespace asio = boost::asio;
using Words = std::vector<std::string>;

class LinkTest : public testing::Test {
 protected:
  ~LinkTest() override {
    if (link_) link_->stop();
    run_for(context_, std::chrono::milliseconds(20));
  }
  void start(const Settings& settings, std::vector<std::string> channels = {}) {
    link_ = std::make_shared<Link>(context_.get_executor(), settings, random_);
    Handlers handlers;
    handlers.connected = [this] { story_.emplace_back("connected"); };
    handlers.lost = [this](const Failure& failure) {
      if (story_.empty() || story_.back() != failure.text()) story_.push_back(failure.text());
    };
    link_->set(std::move(handlers), std::move(channels));
    asio::co_spawn(context_, Link::run(link_), asio::detached);
  }
  // Once there is so much to tell.
  Words story(std::size_t lines) {
    run_until(context_, [&] { return story_.size() >= lines; });
    return story_;
  }
  std::string ask(Command command) {
    std::vector<Command> commands{std::move(command)};
    const auto outcomes = run(context_, Link::ask(link_, std::move(commands)));
    return outcomes.front() ? outcomes.front()->text : "error: " + outcomes.front().error();
  }

  asio::io_context context_{1};
  SeededRandom random_{1};
  FakeServer server_{context_};
  FakeServer other_{context_};
  std::shared_ptr<Link> link_;
  Words story_;
};

TEST_F(LinkTest, reads_its_password_anew_at_each_attempt) {
  const TemporaryFolder folder;
  Settings settings = settings_for(server_.place());
  settings.target.login.password_file = folder.path("password");
  server_.answer = [](const Command& command) -> std::optional<std::string> {
    if (command[0] != "AUTH" || command[1] == "right") return std::nullopt;
    return "-WRONGPASS invalid username-password pair or user is disabled.\r\n";
  };
  start(settings);
  story(1);
  folder.write("password", "wrong\n");
  story(2);
  folder.write("password", "right\n");
  EXPECT_EQ(story(3),
            (Words{"the file with the password cannot be read: " + folder.path("password") +
                       ": No such file or directory",
                   "the server refuses the password: WRONGPASS invalid username-password pair or user is "
                   "disabled.",
                   "connected"}));
}

TEST_F(LinkTest, has_no_use_for_a_replica_even_where_nobody_vouches_for_the_server) {
  server_.answer = [](const Command& command) {
    return command[0] == "ROLE" ? std::optional(kReplica) : std::nullopt;
  };
  start(settings_for(server_.place()));
  EXPECT_EQ(story(1), Words{"the server is not a master"});
  server_.answer = {};
  EXPECT_EQ(story(2).back(), "connected");
}

// Answers as a sentinel that knows this master.
FakeServer::Answer sentinel_for(const Place& master) {
  return [master](const Command& command) -> std::optional<std::string> {
    if (command[0] != "SENTINEL") return std::nullopt;
    if (command[2] != "mymaster") return "*-1\r\n";
    return "*2\r\n" + bulk(master.host) + bulk(std::to_string(master.port));
  };
}

class SentinelLinkTest : public LinkTest {
 protected:
  Settings settings() {
    Settings all = settings_for({});
    all.target.master = "mymaster";
    all.target.sentinels = {first_.place(), second_.place()};
    return all;
  }
  FakeServer first_{context_};
  FakeServer second_{context_};
};

TEST_F(SentinelLinkTest, asks_the_sentinels_in_turn_until_one_names_a_master) {
  const Place nobody{"127.0.0.1", 1};
  const struct {
    const char* what;
    FakeServer::Answer first;
  } cases[] = {
      {"closes", [](const Command&) { return kClose; }},
      {"is silent", [](const Command&) { return ""; }},
      {"does not know", [](const Command&) { return "*-1\r\n"; }},
      {"wants a password", [](const Command&) { return "-NOAUTH no\r\n"; }},
      {"is something else", [](const Command&) { return "HTTP/1.1 400 Bad Request\r\n"; }},
      {"names nobody", sentinel_for(nobody)},
      {"names a replica", sentinel_for(other_.place())},
      {"names nonsense", sentinel_for({"a b", 1})},
  };
  other_.answer = [](const Command& command) {
    return command[0] == "ROLE" ? std::optional(kReplica) : std::nullopt;
  };
  second_.answer = sentinel_for(server_.place());
  for (const auto& c : cases) {
    story_.clear();
    first_.answer = c.first;
    start(settings());
    EXPECT_EQ(story(1), Words{"connected"}) << c.what;
    EXPECT_EQ(ask({"GET", "x"}), "OK");
    link_->stop();
  }
}

TEST_F(SentinelLinkTest, asks_again_when_the_master_has_become_a_replica) {
  first_.answer = second_.answer = sentinel_for(server_.place());
  start(settings(), {"news"});
  EXPECT_EQ(story(1), Words{"connected"});
  server_.answer = [](const Command& command) -> std::optional<std::string> {
    if (command[0] == "ROLE") return kReplica;
    if (command[0] == "SET") return "-READONLY You can't write against a read only replica.\r\n";
    return std::nullopt;
  };
  EXPECT_EQ(ask({"SET", "x", "y"}), "error: READONLY You can't write against a read only replica.");
  story(3);
  first_.answer = second_.answer = sentinel_for(other_.place());
  EXPECT_EQ(
      story(4),
      (Words{"connected", "the server is not a master: READONLY You can't write against a read only replica.",
             "the server is not a master: " + server_.place().text(), "connected"}));
  EXPECT_EQ(ask({"SET", "x", "y"}), "OK");
  EXPECT_EQ(other_.seen.back(), "SET x y");
}

TEST_F(SentinelLinkTest, leaves_a_master_when_most_sentinels_name_another) {
  first_.answer = second_.answer = sentinel_for(server_.place());
  Settings often = settings();
  often.limits.look_first = often.limits.look_every = std::chrono::milliseconds(5);
  start(often, {"news"});
  EXPECT_EQ(story(1), Words{"connected"});
  second_.answer = sentinel_for(other_.place());
  run_for(context_, std::chrono::milliseconds(100));
  EXPECT_EQ(story_, Words{"connected"}) << "one of two may know only the past";
  first_.answer = second_.answer;
  EXPECT_EQ(story(3),
            (Words{"connected", "the server is not a master: the sentinels name " + other_.place().text(),
                   "connected"}));
  EXPECT_EQ(ask({"SET", "x", "y"}), "OK");
  EXPECT_EQ(other_.seen.back(), "SET x y");
}

TEST_F(SentinelLinkTest, stays_with_its_master_while_no_sentinel_answers) {
  first_.answer = second_.answer = sentinel_for(server_.place());
  Settings often = settings();
  often.limits.look_first = often.limits.look_every = std::chrono::milliseconds(5);
  start(often);
  EXPECT_EQ(story(1), Words{"connected"});
  first_.stop_listening();
  second_.stop_listening();
  run_for(context_, std::chrono::milliseconds(100));
  EXPECT_EQ(ask({"GET", "x"}), "OK");
  EXPECT_EQ(story_, Words{"connected"});
}

TEST_F(SentinelLinkTest, tells_what_is_wrong_with_the_last_one_it_asked) {
  first_.answer = [](const Command&) { return "-NOAUTH no\r\n"; };
  second_.answer = [](const Command&) { return "*-1\r\n"; };
  start(settings());
  const std::string last = second_.place().text();
  EXPECT_EQ(story(1), Words{"the sentinel knows no such master: " + last});
  first_.stop_listening();
  second_.stop_listening();
  EXPECT_EQ(story(2).back(), "the server cannot be reached: " + last + ": Connection refused");
}

}  // namespace
}  // namespace turnpike::redis
