// Sums of structs: no field is forgotten, whatever its type.
#include "turnpike/base/add_up.hpp"

#include <gtest/gtest.h>

#include <cstdint>

#include "turnpike/base/tally.hpp"

namespace turnpike {
namespace {

enum class Color { red, green };

struct Pair {
  std::uint64_t first = 0;
  std::uint64_t second = 0;
  bool operator==(const Pair&) const = default;
};

struct Everything {
  std::uint64_t number = 0;
  Pair nested;
  std::array<std::array<Pair, 2>, 2> table;
  Tally<Color, 2> tally;
  std::map<int, std::uint64_t> by_key;
  std::uint64_t last = 0;
  bool operator==(const Everything&) const = default;
};

TEST(AddUp, each_field_is_added_to_its_own) {
  Everything sum{.number = 1,
                 .nested = {2, 3},
                 .table = {{{{{4, 5}, {6, 7}}}, {{{8, 9}, {10, 11}}}}},
                 .tally = {},
                 .by_key = {{1, 12}, {2, 13}},
                 .last = 14};
  sum.tally.add(Color::green, 15);
  const Everything more{.number = 100,
                        .nested = {200, 300},
                        .table = {{{{{400, 500}, {600, 700}}}, {{{800, 900}, {1000, 1100}}}}},
                        .tally = sum.tally,
                        .by_key = {{2, 1300}, {3, 1}},
                        .last = 1400};
  Everything expected{.number = 101,
                      .nested = {202, 303},
                      .table = {{{{{404, 505}, {606, 707}}}, {{{808, 909}, {1010, 1111}}}}},
                      .tally = {},
                      .by_key = {{1, 12}, {2, 1313}, {3, 1}},
                      .last = 1414};
  expected.tally.add(Color::green, 30);
  add_up(sum, more);
  EXPECT_EQ(sum, expected);
}

}  // namespace
}  // namespace turnpike
