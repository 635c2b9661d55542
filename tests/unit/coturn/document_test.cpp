// A configuration as text: keys in their order, strings that come back as they were, comments above their
// keys.
#include "turnpike/coturn/document.hpp"

#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

namespace turnpike::coturn {
namespace {

TEST(CoturnDocument, has_keys_in_the_order_of_the_table_by_section) {
  Document document;
  document.set_list("peers.deny", {"a", "b", "c", "d", "e"});
  document.set("relay.ports", "1-2");
  document.set("realm", in_quotes("x"));
  document.set_map("credentials.users", {{"\"n\"", "\"p\""}});
  document.comment("relay.external", "of nothing");
  document.comment("relay.ports", "above");
  document.set_list("listen.udp", {});
  EXPECT_EQ(document.text(), R"(realm: "x"
listen:
  udp: []
relay:
  # of nothing
  # above
  ports: 1-2
credentials:
  users:
    "n": "p"
peers:
  deny:
    - a
    - b
    - c
    - d
    - e
)");
}

TEST(CoturnDocument, long_comments_are_lines_of_100_columns) {
  Document document;
  document.comment("realm", std::string(60, 'a') + " " + std::string(60, 'b'));
  EXPECT_EQ(document.text(), "# " + std::string(60, 'a') + "\n# " + std::string(60, 'b') + "\n");
}

TEST(CoturnDocument, a_string_comes_back_as_it_was) {
  for (const std::string text : {"", "plain", "a\"b\\c", "tab\t", "# no comment", "{a: b}", "\xc3\xa9", "'x'",
                                 "yes", "0x12", " space ", "\x7f", "%", "a: b"})
    EXPECT_EQ(YAML::Load(in_quotes(text)).as<std::string>(), text) << text;
}

TEST(CoturnDocument, tells_what_is_utf8) {
  for (const char* text : {"", "a", "\xc3\xa9", "\xf0\x9f\x8e\xba"}) EXPECT_TRUE(is_utf8(text)) << text;
  for (const char* text : {"\xff", "a\xc3", "\xc0\xaf", "\xed\xa0\x80"}) EXPECT_FALSE(is_utf8(text)) << text;
}

}  // namespace
}  // namespace turnpike::coturn
