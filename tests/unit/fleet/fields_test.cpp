// Members of records: what fits is read, and anything else spoils the whole.
#include "turnpike/fleet/fields.hpp"

#include <gtest/gtest.h>

#include "turnpike/json/strict_json.hpp"

namespace turnpike::fleet {
namespace {

constexpr std::string_view kText =
    R"({"t":"abc","e":"","n":7,"m":-1,"f":1.5,"big":18446744073709551615,"b":true,)"
    R"("l":[1,2],"u":"YWI","bell":"\u0007","null":null})";

TEST(Fields, what_fits_is_read) {
  const auto object = json::parse_object(kText);
  Fields fields(*object);
  EXPECT_EQ(fields.text("t", 3, 1), "abc");
  EXPECT_EQ(fields.text("e", 3), "");
  EXPECT_EQ(fields.number("n", 7), 7U);
  EXPECT_EQ(fields.number("big", UINT64_MAX), UINT64_MAX);
  EXPECT_TRUE(fields.flag("b"));
  EXPECT_FALSE(fields.flag("absent"));
  EXPECT_EQ(fields.list("l", 2).size(), 2U);
  EXPECT_EQ(fields.bytes("u", 2), "ab");
  EXPECT_TRUE(fields.is_good());
}

TEST(Fields, anything_else_spoils_the_record) {
  const auto object = json::parse_object(kText);
  using Ask = void (*)(Fields&);
  constexpr Ask kAsks[] = {
      [](Fields& f) { f.text("t", 2); },        [](Fields& f) { f.text("e", 3, 1); },
      [](Fields& f) { f.text("n", 9); },        [](Fields& f) { f.text("absent", 9); },
      [](Fields& f) { f.text("bell", 9); },     [](Fields& f) { f.text("null", 9); },
      [](Fields& f) { f.number("n", 6); },      [](Fields& f) { f.number("m", 9); },
      [](Fields& f) { f.number("f", 9); },      [](Fields& f) { f.number("t", 9); },
      [](Fields& f) { f.number("absent", 9); }, [](Fields& f) { f.flag("n"); },
      [](Fields& f) { f.list("l", 1); },        [](Fields& f) { f.list("t", 9); },
      [](Fields& f) { f.bytes("u", 1); },       [](Fields& f) { f.bytes("e", 1, 1); },
      [](Fields& f) { f.bytes("bell", 9); },
  };
  for (const Ask ask : kAsks) {
    Fields fields(*object);
    ask(fields);
    EXPECT_FALSE(fields.is_good()) << "one of the asks";
  }
}

TEST(Fields, ids_of_nodes_are_32_digits_of_hex) {
  EXPECT_TRUE(is_node_id("0123456789abcdef0123456789abcdef"));
  for (const char* text : {"", "0123456789abcdef", "0123456789abcdef0123456789abcdeF",
                           "0123456789abcdef0123456789abcde:", "0123456789abcdef0123456789abcdef0"})
    EXPECT_FALSE(is_node_id(text)) << text;
}

}  // namespace
}  // namespace turnpike::fleet
