// Texts of flags and variables as nodes: YAML, and secrets that are none.
#include "turnpike/config/given_text.hpp"

#include <gtest/gtest.h>

#include "turnpike/yaml/error.hpp"

namespace turnpike::config {
namespace {

TEST(GivenText, is_yaml_or_else_stands_for_itself) {
  EXPECT_TRUE(node_of("[a, b]", TextForm::yaml).IsSequence());
  EXPECT_TRUE(node_of("{a: b}", TextForm::yaml).IsMap());
  EXPECT_EQ(node_of("'a'", TextForm::yaml).Scalar(), "a");
  for (const char* text : {"[::1]:3478", "&a", "# a", ""})
    EXPECT_EQ(node_of(text, TextForm::yaml).Scalar(), text);
}

TEST(GivenText, of_one_secret_is_it_byte_for_byte_but_for_quotes_around_it) {
  for (const char* text : {"a", " a: b # c", "[a]", "{a: b}", "\"", "'a", "&x", "~"})
    EXPECT_EQ(node_of(text, TextForm::secret).Scalar(), text);
  for (const char* text : {"\"a \\\"b\"", "'a \"b'"})
    EXPECT_EQ(node_of(text, TextForm::secret).Scalar(), "a \"b");
  EXPECT_EQ(node_of("\"\"", TextForm::secret).Scalar(), "");
}

TEST(GivenText, of_secrets_is_a_list_in_brackets_or_one_secret) {
  EXPECT_EQ(node_of(" [a, 'b'] ", TextForm::secret_list).size(), 2U);
  for (const char* text : {"'a'", "a #b", "[a", "a]", "]", "["})
    EXPECT_EQ(node_of(text, TextForm::secret_list).Scalar(), text);
  EXPECT_THROW(node_of("[a, 'b]", TextForm::secret_list), yaml::BadValue);
}

TEST(GivenText, of_named_secrets_is_a_map_in_braces_or_lines) {
  EXPECT_EQ(node_of("{a: 'b'}", TextForm::secret_map)["a"].Scalar(), "b");
  const YAML::Node lines = node_of("a: b #c\n\n d: 'e f'\r\n", TextForm::secret_map);
  EXPECT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines["a"].Scalar(), "b #c");
  EXPECT_EQ(lines["d"].Scalar(), "e f");
  EXPECT_TRUE(node_of(" ", TextForm::secret_map).IsNull());
  EXPECT_TRUE(node_of("a:b", TextForm::secret_map).IsScalar());
  EXPECT_THROW(node_of("{a: 'b}", TextForm::secret_map), yaml::BadValue);
}

}  // namespace
}  // namespace turnpike::config
