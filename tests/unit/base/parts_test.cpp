// Parts are read as one.
#include "turnpike/base/parts.hpp"

#include <gtest/gtest.h>

namespace turnpike {
namespace {

TEST(Parts, join_in_order_whichever_are_empty) {
  const struct {
    Parts parts;
    std::string_view expected;
  } table[] = {
      {{as_bytes("head"), as_bytes("body"), as_bytes("pad")}, "headbodypad"},
      {{{}, as_bytes("body"), {}}, "body"},
      {{as_bytes("head"), {}, as_bytes("pad")}, "headpad"},
      {{}, ""},
  };
  for (const auto& row : table) {
    EXPECT_EQ(as_text(join(row.parts)), row.expected);
    EXPECT_EQ(row.parts.size(), row.expected.size());
  }
}

}  // namespace
}  // namespace turnpike
