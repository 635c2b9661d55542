// The table of events: names as readers of the log match them, and what a call may give beside a name.
#include "turnpike/log/event.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <regex>
#include <set>

#include "turnpike/log/log.hpp"

namespace turnpike::log {
namespace {

const std::regex kSnakeCase("[a-z][a-z0-9_]*");

std::vector<std::string_view> fields_of(const EventKind& kind) {
  std::vector<std::string_view> fields;
  std::ranges::copy_if(kind.fields, std::back_inserter(fields), [](auto name) { return !name.empty(); });
  return fields;
}

std::vector<Field> as_fields(const std::vector<std::string_view>& names) {
  std::vector<Field> fields;
  for (const std::string_view name : names) fields.push_back({name, std::int64_t{1}});
  return fields;
}

TEST(EventTable, names_are_snake_case_and_unique_at_their_level) {
  std::set<std::pair<std::string_view, Level>> names;
  for (const EventKind& kind : event_kinds()) {
    EXPECT_TRUE(std::regex_match(std::string(kind.name), kSnakeCase)) << kind.name;
    EXPECT_TRUE(names.emplace(kind.name, kind.level).second) << kind.name;
    EXPECT_EQ(&kind_of(kind.event), &kind);
  }
}

TEST(EventTable, fields_are_snake_case_unique_and_without_a_gap) {
  for (const EventKind& kind : event_kinds()) {
    const auto fields = fields_of(kind);
    EXPECT_TRUE(std::equal(fields.begin(), fields.end(), kind.fields)) << kind.name;
    EXPECT_EQ(std::set(fields.begin(), fields.end()).size(), fields.size()) << kind.name;
    for (const std::string_view field : fields) {
      EXPECT_TRUE(std::regex_match(std::string(field), kSnakeCase)) << kind.name << " " << field;
      EXPECT_FALSE(field == "time" || field == "level" || field == "event") << kind.name;
    }
  }
}

TEST(EventTable, a_call_gives_what_the_table_has_in_its_order) {
  for (const EventKind& kind : event_kinds()) {
    auto names = fields_of(kind);
    EXPECT_TRUE(fits(kind.event, as_fields(names))) << kind.name;
    EXPECT_TRUE(fits(kind.event, {})) << kind.name;
    EXPECT_FALSE(fits(kind.event, as_fields({"no_such_field"}))) << kind.name;
    EXPECT_FALSE(fits(kind.event, as_fields({""}))) << kind.name;
    if (names.size() < 2) continue;
    EXPECT_TRUE(fits(kind.event, as_fields({names.front(), names.back()}))) << kind.name;
    std::ranges::reverse(names);
    EXPECT_FALSE(fits(kind.event, as_fields(names))) << kind.name;
    EXPECT_FALSE(fits(kind.event, as_fields({names[0], names[0]}))) << kind.name;
  }
}

#ifndef NDEBUG
TEST(EventTableDeathTest, a_field_that_the_table_does_not_have_ends_a_debug_build) {
  EXPECT_DEATH(write(Event::stopping, {{"sgnal", std::int64_t{15}}}), "fits");
}
#endif

}  // namespace
}  // namespace turnpike::log
