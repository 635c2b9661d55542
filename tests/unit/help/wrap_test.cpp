// Where lines end.
#include "turnpike/help/wrap.hpp"

#include <gtest/gtest.h>

namespace turnpike::help {
namespace {

TEST(Wrap, lines_fit_but_for_a_word_that_is_longer_alone) {
  using Lines = std::vector<std::string>;
  const struct {
    const char* text;
    Lines lines;
  } table[] = {
      {"", {""}},
      {"fits", {"fits"}},
      {"one two three", {"one two", "three"}},
      {"one two", {"one two"}},
      {"incomprehensible words", {"incomprehensible", "words"}},
      {"a incomprehensible", {"a", "incomprehensible"}},
  };
  for (const auto& row : table) EXPECT_EQ(wrap(row.text, 7), row.lines) << row.text;
}

}  // namespace
}  // namespace turnpike::help
