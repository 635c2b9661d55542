// Files as one YAML document each, and how errors name them.
#include "turnpike/yaml/document.hpp"

#include <gtest/gtest.h>

namespace turnpike::yaml {
namespace {

TEST(Document, a_file_is_one_document) {
  EXPECT_TRUE(parse_document("", "x").IsNull());
  EXPECT_TRUE(parse_document("a: 1", "x").IsMap());
  for (const char* text : {"a: 1\n---\nb: 2\n", "a: 1\n}\nb: 2\n", "a: [1"})
    EXPECT_THROW(parse_document(text, "x"), ConfigError) << text;
}

TEST(Document, errors_name_the_file_and_hold_no_control_characters) {
  try {
    read_text_file("/nowhere/\nfile", "key_file");
    FAIL();
  } catch (const ConfigError& error) {
    EXPECT_STREQ(error.what(), "key_file: /nowhere/\\x0afile: No such file or directory");
  }
}

}  // namespace
}  // namespace turnpike::yaml
