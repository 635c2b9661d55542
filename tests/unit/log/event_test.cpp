// The table of events: names as readers of the log match them, and what a call may give beside a name.
#include "turnpike/log/event.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <map>
#include <regex>
#include <set>

#include "turnpike/log/log.hpp"
#include "vectors_folder.hpp"

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

TEST(EventTable, is_the_one_of_the_documentation) {
  std::ifstream page(test::vectors_folder() + "/../../docs/log.md");
  std::map<std::string, std::string> rows;  // by name: levels and fields
  const std::regex row(R"(\| `(\w+)` \| ([a-z, ]+) \| ([a-z_` ]*)\|.*)");
  std::smatch parts;
  for (std::string line; std::getline(page, line);) {
    if (std::regex_match(line, parts, row))
      rows[parts[1]] = fmt::format("{} | {}", parts[2].str(), parts[3].str());
  }
  std::map<std::string, std::string> expected;
  const auto names = std::to_array<std::string_view>({"debug", "info", "warning", "error"});
  for (const EventKind& kind : event_kinds()) {
    const std::string_view level = names[static_cast<std::size_t>(kind.level)];
    std::string& text = expected[std::string(kind.name)];
    const std::size_t levels = text.find(" | ");
    text = levels == std::string::npos ? std::string(level)
                                       : fmt::format("{}, {}", text.substr(0, levels), level);
    text += " | ";
    for (const std::string_view field : fields_of(kind)) text += fmt::format("`{}` ", field);
  }
  EXPECT_EQ(rows, expected);
}

#ifndef NDEBUG
TEST(EventTableDeathTest, a_field_that_the_table_does_not_have_ends_a_debug_build) {
  EXPECT_DEATH(write(Event::stopping, {{"sgnal", std::int64_t{15}}}), "fits");
}
#endif

}  // namespace
}  // namespace turnpike::log
