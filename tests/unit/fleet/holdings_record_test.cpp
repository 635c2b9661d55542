// Rows of shared tables: written, read back, and refused where they do not fit.
#include "turnpike/fleet/holdings_record.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "unit/fleet/nodes.hpp"

namespace turnpike::fleet {
namespace {

using test::node_id;

TEST(HoldingsRecord, what_is_written_is_read_back) {
  const HoldingsRecord changes{node_id(1), 7, false,
                               0,          1, {{1, 2}, {0xFFFFFFFFFFFFFFFF, 0xFFFFFFFF}, {3, 0}}};
  const HoldingsRecord part{node_id(1), 7, true, 1, 2, {{0x8000000000000000, 1}}};
  const HoldingsRecord none{node_id(1), 0, true, 0, 1, {}};
  for (const HoldingsRecord& each : {changes, part, none}) {
    const auto read = read_holdings(write_holdings(each));
    ASSERT_TRUE(read);
    EXPECT_EQ(*read, each);
  }
}

TEST(HoldingsRecord, the_largest_one_fits_into_a_record) {
  HoldingsRecord record{.node_id = node_id(1), .rows = std::vector<Row>(kRowsMax, Row{1, 1})};
  const Seal seal("secret");
  EXPECT_TRUE(seal.open(Kind::places, seal.close(Kind::places, write_holdings(record))));
  EXPECT_TRUE(read_holdings(write_holdings(record)));
  record.rows.push_back({});
  EXPECT_FALSE(read_holdings(write_holdings(record)));
}

TEST(HoldingsRecord, members_that_do_not_fit_are_refused) {
  const std::string good = write_holdings({node_id(1), 7, true, 1, 2, {{0x8000000000000000, 1}}});
  const struct {
    const char *member, *value;
  } kCases[] = {
      {"node", R"("x")"},    {"seq", "-1"},      {"parts", "3"}, {"parts", "0"},
      {"parts", "128"},      {"part", "2"},      {"part", "0"},  {"full", "1"},
      {"rows", R"("AAAA")"}, {"rows", R"("*")"}, {"rows", "[]"},
  };
  for (const auto& [member, value] : kCases) {
    auto object = boost::json::parse(good).as_object();
    object[member] = boost::json::parse(value);
    EXPECT_FALSE(read_holdings(boost::json::serialize(object))) << member << " " << value;
  }
}

TEST(HoldingsRecord, parts_go_by_the_first_bits) {
  EXPECT_EQ(part_of(0xFFFFFFFFFFFFFFFF, 1), 0U);
  EXPECT_EQ(part_of(0xFFFFFFFFFFFFFFFF, 64), 63U);
  EXPECT_EQ(part_of(0x4000000000000000, 4), 1U);
  EXPECT_EQ(parts_for(0), 1U);
  EXPECT_EQ(parts_for(8191), 1U);
  EXPECT_EQ(parts_for(8192), 2U);
  EXPECT_EQ(parts_for(1'000'000), 64U);
}

}  // namespace
}  // namespace turnpike::fleet
