// One line per event whatever stands in its values, as text and as JSON.
#include "turnpike/log/log.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <regex>
#include <sstream>
#include <thread>

#include "temporary_folder.hpp"

namespace turnpike::log {
namespace {

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

TEST(LogText, renders_fields_in_order) {
  const struct {
    const char* name;
    Field field;
    std::string expected;
  } table[] = {
      {"a number", {"n", std::int64_t{-5}}, "happened n=-5"},
      {"a word", {"user", std::string("alice")}, "happened user=alice"},
      {"an endpoint", {"at", std::string("udp:192.0.2.1:3478")}, "happened at=udp:192.0.2.1:3478"},
      {"nothing", {"user", std::string()}, "happened user=\"\""},
      {"a space", {"user", std::string("alice bob")}, "happened user=\"alice bob\""},
      {"an equals sign", {"user", std::string("a=b")}, "happened user=\"a=b\""},
      {"a quote and a backslash", {"user", std::string("\"\\")}, "happened user=\"\\x22\\x5c\""},
      {"a new line", {"user", std::string("a\nb")}, "happened user=\"a\\x0ab\""},
      {"UTF-8", {"user", std::string("\xc3\xa4")}, "happened user=\"\\xc3\\xa4\""},
      {"a list",
       {"peers", std::vector<std::string>{"192.0.2.1", "a,b"}},
       "happened peers=[192.0.2.1,\"a,b\"]"},
      {"an empty list", {"peers", std::vector<std::string>{}}, "happened peers=[]"},
  };
  for (const auto& row : table)
    EXPECT_EQ(render(Format::text, "happened", {row.field}), row.expected) << row.name;
  EXPECT_EQ(render(Format::text, "happened", {}), "happened");
  EXPECT_EQ(render(Format::text, "happened", {{"a", std::int64_t{1}}, {"b", std::int64_t{2}}}),
            "happened a=1 b=2");
}

TEST(LogText, hostile_values_are_printable_and_in_one_place) {
  const std::string line =
      render(Format::text, "happened", {{"user", kHostile}, {"peers", std::vector{kHostile}}});
  for (const char c : line) EXPECT_TRUE(c >= ' ' && c <= '~') << static_cast<int>(c);
  EXPECT_EQ(std::ranges::count(line, '"'), 4);
}

TEST(LogJson, renders_fields_by_type) {
  EXPECT_EQ(render(Format::json, "happened",
                   {{"n", std::int64_t{5}},
                    {"user", std::string("a\"b")},
                    {"peers", std::vector<std::string>{"c", "d"}}}),
            R"("event":"happened","n":5,"user":"a\"b","peers":["c","d"])");
}

TEST(LogJson, hostile_values_parse_and_keep_their_ascii) {
  const std::string line =
      "{" + render(Format::json, "happened", {{"user", kHostile}, {"peers", std::vector{kHostile}}}) + "}";
  EXPECT_EQ(line.find('\n'), std::string::npos);
  EXPECT_EQ(line.find('\x1b'), std::string::npos);
  const auto parsed = boost::json::parse(line).as_object();
  const std::string user(parsed.at("user").as_string());
  EXPECT_TRUE(user.starts_with("%s%x%n{}{0}\n2024"));
  EXPECT_NE(user.find("\\xff\\xfe"), std::string::npos);
  EXPECT_EQ(parsed.at("peers").as_array().at(0).as_string(), parsed.at("user").as_string());
}

TEST_F(Log, SEC_07_a_hostile_value_makes_one_line_in_the_file) {
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
