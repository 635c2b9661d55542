// What counts as an expiry.
#include "turnpike/auth/expiry.hpp"

#include <gtest/gtest.h>

#include <string>

namespace turnpike::auth {
namespace {

using std::string_view_literals::operator""sv;

TEST(Expiry, is_digits_within_63_bits_and_nothing_else) {
  struct Case {
    std::string_view digits;
    std::optional<UnixSeconds> expected;
  };
  const std::string long_zeros = std::string(700, '0') + "7";
  const std::string long_nines(763, '9');
  const Case cases[] = {
      {"0", 0},
      {"1700000000", 1700000000},
      {"0001700000000", 1700000000},
      {"9223372036854775807", INT64_MAX},
      {long_zeros, 7},
      {"", std::nullopt},
      {"9223372036854775808", std::nullopt},
      {"18446744073709551617", std::nullopt},
      {long_nines, std::nullopt},
      {"-1", std::nullopt},
      {"-0", std::nullopt},
      {"+1", std::nullopt},
      {" 1", std::nullopt},
      {"1 ", std::nullopt},
      {"1\0"sv, std::nullopt},
      {"\0"sv, std::nullopt},
      {"0x10", std::nullopt},
      {"1e9", std::nullopt},
      {"1.5", std::nullopt},
      {"1_000", std::nullopt},
      {"%31", std::nullopt},
      {"\uFF11", std::nullopt},
      {"alice", std::nullopt},
  };
  for (const Case& c : cases) EXPECT_EQ(parse_expiry(c.digits), c.expected) << c.digits;
}

}  // namespace
}  // namespace turnpike::auth
