// One line per event whatever stands in its values, as text and as JSON.
#include "turnpike/log/log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <regex>
#include <sstream>
#include <thread>

#include "temporary_folder.hpp"

namespace turnpike::log {
namespace {

using ::testing::HasSubstr;

// What a client might send for a name, to break the format, the line, or the terminal of whoever reads it.
const std::string kHostile =
    "%s%x%n{}{0}\n2024-01-01T00:00:00.000Z error forged\r\x1b[2J\x7f\t\"quoted\\\" a=b [c],\xff\xfe\xc3(" +
    std::string(1, '\0') + "\xe2\x80\xa8";

const char* const kTextLine = R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (debug|info|warning|error) +(.*))";

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

class Log : public ::testing::Test {
 protected:
  ~Log() override { log::open({Level::error, Format::text, ""}); }
  void open(Level level, Format format) { log::open({level, format, folder_.path("log")}); }
  std::vector<std::string> lines() const { return lines_of(folder_.read("log")); }

  TemporaryFolder folder_;
};

TEST_F(Log, a_hostile_value_makes_one_line_in_the_file_SEC_07) {
  for (const Format format : {Format::text, Format::json}) {
    open(Level::info, format);
    write(Event::control_fault, {{"where", kHostile}});
  }
  const auto written = lines();
  ASSERT_EQ(written.size(), 2U);
  std::smatch parts;
  ASSERT_TRUE(std::regex_match(written[0], parts, std::regex(kTextLine))) << written[0];
  EXPECT_EQ(parts[1], "warning");
  EXPECT_TRUE(parts[2].str().starts_with("control_fault where=\"%s%x%")) << parts[2];
  const auto parsed = boost::json::parse(written[1]).as_object();
  EXPECT_EQ(parsed.at("level").as_string(), "warning");
  EXPECT_EQ(parsed.at("event").as_string(), "control_fault");
  EXPECT_TRUE(std::regex_match(std::string(parsed.at("time").as_string()),
                               std::regex(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)")));
}

TEST_F(Log, what_is_below_the_level_is_not_written) {
  open(Level::warning, Format::text);
  for (const Event event :
       {Event::request_refused, Event::reloaded, Event::privileges_kept, Event::reload_refused})
    write(event);
  const auto written = lines();
  ASSERT_EQ(written.size(), 2U);
  EXPECT_NE(written[0].find("warning"), std::string::npos);
  EXPECT_NE(written[1].find("error"), std::string::npos);
  EXPECT_FALSE(is_logged(Event::reloaded));
  EXPECT_TRUE(is_logged(Event::privileges_kept));
}

TEST_F(Log, the_level_changes_until_it_is_opened_again) {
  open(Level::info, Format::text);
  EXPECT_FALSE(is_logged(Event::request_challenged));
  set_level(Level::debug);
  EXPECT_EQ(level(), Level::debug);
  EXPECT_TRUE(is_logged(Event::request_challenged));
  set_level(Level::error);
  EXPECT_FALSE(is_logged(Event::configuration));
  open(Level::info, Format::text);
  EXPECT_EQ(level(), Level::info);
  EXPECT_TRUE(is_logged(Event::configuration));
}

TEST_F(Log, a_cause_is_told_once_and_then_counted_until_the_end) {
  open(Level::info, Format::text);
  const Concerned somebody{"", IpAddress::v4(192, 0, 2, 1)};
  EXPECT_TRUE(is_new(Event::webhook_refused, "expired", somebody));
  for (int i = 0; i < 2; ++i) EXPECT_FALSE(is_new(Event::webhook_refused, "expired", somebody));
  for (int i = 0; i < 4; ++i) is_new(Event::request_failed, "no_free_port", somebody);
  flush();
  const auto written = lines();
  ASSERT_EQ(written.size(), 2U);
  EXPECT_THAT(written[0],
              HasSubstr("info    causes_repeated of=webhook_refused cause=expired count=2 seconds=1"));
  EXPECT_THAT(written[1],
              HasSubstr("warning causes_repeated of=request_refused cause=no_free_port count=3 seconds=1"));
}

TEST_F(Log, what_is_counted_by_address_is_one_line_for_each) {
  open(Level::debug, Format::text);
  for (int i = 0; i < 3; ++i) count(Event::passwords_guessed, IpAddress::v4(192, 0, 2, 1));
  count(Event::passwords_guessed, *IpAddress::parse("2001:db8::1"));
  EXPECT_EQ(lines().size(), 0U);
  flush();
  const auto written = lines();
  ASSERT_EQ(written.size(), 2U);
  EXPECT_THAT(written[0], HasSubstr("warning passwords_guessed from=192.0.2.1 count=3 seconds=1"));
  EXPECT_THAT(written[1], HasSubstr("warning passwords_guessed from=2001:db8::/64 count=1 seconds=1"));
}

TEST_F(Log, causes_below_the_level_are_not_counted_and_at_level_debug_all_are_told) {
  const Concerned somebody{"", IpAddress::v4(192, 0, 2, 1)};
  open(Level::warning, Format::text);
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(is_new(Event::webhook_refused, "expired", somebody));
  open(Level::debug, Format::text);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(is_new(Event::webhook_refused, "expired", somebody));
  flush();
  EXPECT_EQ(lines().size(), 0U);
}

TEST_F(Log, a_writer_writes_until_its_end_and_then_whoever_logs) {
  open(Level::info, Format::text);
  {
    WriterThread writer;
    writer.start();
    write(Event::reloaded);
  }
  EXPECT_EQ(lines().size(), 1U);
  write(Event::stopped);
  EXPECT_EQ(lines().size(), 2U);
}

TEST_F(Log, opened_again_it_writes_to_a_new_file) {
  open(Level::info, Format::text);
  write(Event::reloaded);
  std::filesystem::rename(folder_.path("log"), folder_.path("log.1"));
  open(Level::info, Format::text);
  write(Event::stopped);
  EXPECT_NE(folder_.read("log.1").find("reloaded"), std::string::npos);
  ASSERT_EQ(lines().size(), 1U);
  EXPECT_NE(lines()[0].find("stopped"), std::string::npos);
}

TEST_F(Log, a_file_that_cannot_be_opened_is_named_and_the_old_one_stays) {
  open(Level::info, Format::text);
  try {
    log::open({Level::info, Format::text, folder_.path("log/no-folder")});
    ADD_FAILURE() << "was opened";
  } catch (const std::runtime_error& error) {
    EXPECT_TRUE(std::string(error.what()).starts_with("log.file: ")) << error.what();
    EXPECT_NE(std::string(error.what()).find(folder_.path("log/no-folder")), std::string::npos)
        << error.what();
  }
  write(Event::reloaded);
  EXPECT_EQ(lines().size(), 1U);
}

TEST_F(Log, threads_write_whole_lines_while_it_is_opened_again) {
  open(Level::info, Format::text);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([] {
      for (int line = 0; line < 250; ++line) write(Event::relay_engine, {{"reason", std::string(100, 'x')}});
    });
  }
  for (int i = 0; i < 10; ++i) open(Level::info, Format::text);
  for (std::thread& thread : threads) thread.join();
  const auto written = lines();
  EXPECT_EQ(written.size(), 1000U);
  const std::regex whole(kTextLine);
  for (const std::string& line : written)
    EXPECT_TRUE(std::regex_match(line, whole) && line.ends_with(std::string(100, 'x'))) << line;
}

}  // namespace
}  // namespace turnpike::log
