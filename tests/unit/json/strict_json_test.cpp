// JSON objects that have one meaning are read, all others are refused.
#include "turnpike/json/strict_json.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace turnpike::json {
namespace {

std::string nested(std::size_t depth) {
  std::string text = R"({"a":)";
  for (std::size_t i = 1; i < depth; ++i) text += "[";
  text += "1";
  for (std::size_t i = 1; i < depth; ++i) text += "]";
  return text + "}";
}

TEST(StrictJson, an_object_is_read) {
  struct Case {
    const char* name;
    std::string text;
    std::size_t members;
  };
  const Case cases[] = {
      {"empty", "{}", 0},
      {"space around it", " \n{\"a\" : 1}\t", 1},
      {"colons and quotes in strings", R"({"a:\"b\\":"::\"","c":[{"d":":"}]})", 2},
      {"the same name in different objects", R"({"a":{"a":1},"b":[{"a":1},{"a":1}]})", 2},
      {"as deep as may be", nested(kDepthMax), 1},
  };
  for (const auto& [name, text, members] : cases) {
    const auto object = parse_object(text);
    ASSERT_TRUE(object) << name;
    EXPECT_EQ(object->size(), members) << name;
  }
}

TEST(StrictJson, what_is_no_object_or_has_two_meanings_is_refused) {
  struct Case {
    const char* name;
    std::string text;
  };
  const Case cases[] = {
      {"nothing", ""},
      {"a list", "[]"},
      {"a number", "1"},
      {"cut off", R"({"a":1)"},
      {"something behind it", "{} {}"},
      {"a comment", "{/**/}"},
      {"a trailing comma", R"({"a":1,})"},
      {"no UTF-8", "{\"a\":\"\xFF\"}"},
      {"a NUL behind it", std::string("{}\0", 3)},
      {"a name twice", R"({"a":1,"a":1})"},
      {"a name twice, once escaped", R"({"a":1,"\u0061":2})"},
      {"a name twice, further down", R"({"b":[{"c":{"a":1,"a":{"x":1}}}]})"},
      {"too deep", nested(kDepthMax + 1)},
      {"very deep", std::string(100000, '[')},
  };
  for (const auto& [name, text] : cases) EXPECT_FALSE(parse_object(text)) << name;
}

TEST(StrictJson, members_are_read_by_type) {
  const auto object = parse_object(R"({"text":"a\u0000b","yes":true,"map":{"x":1},"none":null})");
  ASSERT_TRUE(object);
  std::string text = "before";
  bool yes = false;
  const boost::json::object* map = nullptr;
  EXPECT_TRUE(read_member(*object, "absent", text) && read_member(*object, "none", text));
  EXPECT_EQ(text, "before");
  EXPECT_TRUE(read_member(*object, "none", yes) && read_member(*object, "none", map));
  EXPECT_FALSE(yes);
  EXPECT_EQ(map, nullptr);

  EXPECT_TRUE(read_member(*object, "text", text));
  EXPECT_EQ(text, std::string("a\0b", 3));
  EXPECT_TRUE(read_member(*object, "yes", yes));
  EXPECT_TRUE(yes);
  EXPECT_TRUE(read_member(*object, "map", map));
  EXPECT_EQ(map, &object->at("map").as_object());

  EXPECT_FALSE(read_member(*object, "yes", text));
  EXPECT_FALSE(read_member(*object, "text", yes));
  EXPECT_FALSE(read_member(*object, "text", map));
}

}  // namespace
}  // namespace turnpike::json
