// One line whatever stands in its values, as text and as JSON.
#include "turnpike/log/line.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace turnpike::log {
namespace {

// What a client might send for a name, to break the format, the line, or the terminal of whoever reads it.
const std::string kHostile =
    "%s%x%n{}{0}\n2024-01-01T00:00:00.000Z error forged\r\x1b[2J\x7f\t\"quoted\\\" a=b [c],\xff\xfe\xc3(" +
    std::string(1, '\0') + "\xe2\x80\xa8";

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

}  // namespace
}  // namespace turnpike::log
