// The command line of turnpike-bench.
#include "load/options.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "turnpike/help/help.hpp"

namespace turnpike::bench {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

class BenchOptions : public testing::Test {
 protected:
  BenchOptions() {
    help::set_up(app_);
    add_options(app_, options_);
  }

  CLI::App app_{"about", "turnpike-bench"};
  Options options_;
};

TEST_F(BenchOptions, help_has_lines_that_fit_and_says_what_values_look_like) {
  const std::string text = app_.help();
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 100U) << line;
  for (const char* type : {"TEXT", "INT", "UINT", "FLOAT", "ENUM", ":{"})
    EXPECT_THAT(text, Not(HasSubstr(type)));
  EXPECT_THAT(text, HasSubstr("\nExamples:\n  turnpike-bench "));
}

TEST_F(BenchOptions, help_has_all_options_by_group) {
  const std::string text = app_.help();
  std::size_t end = 0;
  for (const char* group :
       {"\nPositionals:\n  target ", "\nOptions:\n  -h, --help ",
        "\nClients and peers:\n  -u, --username NAME ", "\nMeasurement:\n  -s, --seconds SECONDS ",
        "\nInstead of what the scenario says:\n  -n, --clients N ",
        "\nIn the place of an SFU:\n  --echo ADDRESS:PORT "}) {
    const std::size_t begin = text.find(group);
    ASSERT_NE(begin, text.npos) << group << text;
    EXPECT_GT(begin, end) << group;
    end = begin;
  }
  for (const CLI::Option* option : app_.get_options())
    EXPECT_THAT(text, HasSubstr(option->get_name())) << text;
}

TEST_F(BenchOptions, write_what_was_asked_for) {
  app_.parse(
      "turn:192.0.2.1:3478 audio hold --direction echo --size 1200 --server-pid 7 --peer-pid 8 --json");
  EXPECT_EQ(options_.target, "turn:192.0.2.1:3478");
  EXPECT_THAT(options_.scenarios, testing::ElementsAre("audio", "hold"));
  EXPECT_EQ(options_.overrides.direction, Direction::echo);
  EXPECT_EQ(options_.overrides.payload_bytes, 1200U);
  EXPECT_THAT(options_.processes.server, testing::ElementsAre(7));
  EXPECT_THAT(options_.processes.peer, testing::ElementsAre(8));
  EXPECT_TRUE(options_.json && !options_.list);
}

TEST_F(BenchOptions, batches_are_for_an_echo) {
  app_.parse("--echo 192.0.2.2:7882 --batch");
  EXPECT_EQ(options_.echo, "192.0.2.2:7882");
  EXPECT_TRUE(options_.batch);
  app_.clear();
  EXPECT_THROW(app_.parse("direct --batch"), CLI::RequiresError);
}

}  // namespace
}  // namespace turnpike::bench
