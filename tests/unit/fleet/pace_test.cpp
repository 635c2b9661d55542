// More when answers are quick, less when they are not, within bounds.
#include "turnpike/fleet/pace.hpp"

#include <gtest/gtest.h>

namespace turnpike::fleet {
namespace {

using std::chrono::milliseconds;

TEST(Pace, doubles_with_quick_answers_and_halves_with_slow_ones) {
  Pace pace(100, 350);
  EXPECT_EQ(pace.size(), 100U);
  const struct {
    int took_ms;
    std::size_t size;
  } kScript[] = {{140, 200}, {400, 200}, {299, 350},  {501, 175},
                 {500, 175}, {900, 100}, {1400, 100}, {0, 200}};
  for (const auto& [took_ms, size] : kScript) {
    pace.on_answer(milliseconds(took_ms));
    EXPECT_EQ(pace.size(), size) << took_ms;
  }
  pace.reset();
  EXPECT_EQ(pace.size(), 100U);
}

TEST(Pace, a_page_of_long_names_fits_into_an_answer_of_a_mebibyte) {
  Pace pages = pace_of_pages(), values = pace_of_values();
  for (int i = 0; i < 9; ++i) pages.on_answer({}), values.on_answer({});
  EXPECT_LT(pages.size() * (255 + 100), std::size_t{1} << 20);
  EXPECT_LE(2 * values.size(), 1024U) << "commands without an answer";
}

}  // namespace
}  // namespace turnpike::fleet
