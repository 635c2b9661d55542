// Whatever the server says, something is read.
#include "turnpike/console/fields.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

namespace turnpike::console {
namespace {

using ::testing::ElementsAre;

TEST(ConsoleFields, what_is_missing_or_of_another_type_is_empty) {
  const auto value = boost::json::parse(
      R"({"text":"a\u001b","number":7,"negative":-1,"large":18446744073709551615,"fraction":1.5,"flag":true,
          "object":{"a":1},"list":["x",1,{"b":2}],"null":null})");
  const boost::json::object& object = value.get_object();
  EXPECT_EQ(text_in(object, "text"), "a\\u{1b}");
  EXPECT_EQ(number_in(object, "number"), 7U);
  EXPECT_EQ(number_in(object, "large"), 18446744073709551615U);
  EXPECT_TRUE(is_true_in(object, "flag"));
  EXPECT_EQ(number_in(object_in(object, "object"), "a"), 1U);
  EXPECT_THAT(texts_in(object, "list"), ElementsAre("x", "", ""));
  EXPECT_EQ(objects_in(object, "list").size(), 1U);
  for (const char* name : {"negative", "fraction", "text", "null", "none", "object"})
    EXPECT_EQ(number_in(object, name), 0U) << name;
  for (const char* name : {"number", "none", "list"}) EXPECT_EQ(text_in(object, name), "") << name;
  EXPECT_FALSE(is_true_in(object, "number"));
  EXPECT_TRUE(object_in(object, "list").empty());
  EXPECT_TRUE(array_in(object, "object").empty());
  EXPECT_TRUE(has(object, "null"));
  EXPECT_FALSE(has(object, "none"));
}

}  // namespace
}  // namespace turnpike::console
