// Rows of interfaces that come and go, in memory as the program has it.
#include "turnpike/kernel/event_rows.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "layout.h"

namespace turnpike::kernel {
namespace {

constexpr std::uint32_t kCpus = 3;

class EventRowsTest : public testing::Test {
 protected:
  // As the program counts.
  void happen(Event event, std::uint32_t interface, std::uint32_t cpu = 0) {
    const std::uint64_t row = interface < numbers.size() ? numbers[interface] : std::uint64_t {
      kRowOfOthers
    };
    ++counts[cpu * kEventRows + row].count[event];
  }
  std::uint64_t in_all(Event event) const { return rows.all()[event].count; }
  std::uint64_t at(std::uint32_t interface, Event event) const {
    return rows.of(interface).value()[event].count;
  }

  std::vector<std::uint64_t> numbers = std::vector<std::uint64_t>(kInterfacesMax);
  std::vector<EventCounts> counts = std::vector<EventCounts>(std::size_t{kCpus} * kEventRows);
  EventRows rows{numbers, counts, kCpus};
};

TEST_F(EventRowsTest, count_what_happens_at_each_interface_and_in_all) {
  rows.give(2);
  rows.give(7);
  rows.give(7);
  happen(event_relayed, 2);
  happen(event_relayed, 7, 1);
  happen(event_relayed, 7, 2);
  happen(event_no_flow, 7);
  happen(event_no_flow, 9);
  EXPECT_EQ(at(2, event_relayed), 1U);
  EXPECT_EQ(at(7, event_relayed), 2U);
  EXPECT_EQ(at(7, event_no_flow), 1U);
  EXPECT_FALSE(rows.of(9)) << "it has no row";
  EXPECT_EQ(in_all(event_relayed), 3U);
  EXPECT_EQ(in_all(event_no_flow), 2U);
  EXPECT_EQ(rows.all().front().name, "relayed");
}

TEST_F(EventRowsTest, an_interface_that_comes_again_begins_with_zeros_and_nothing_is_lost) {
  for (std::uint64_t round = 1; round <= 3 * kEventRows; ++round) {
    rows.give(5);
    EXPECT_EQ(at(5, event_relayed), 0U);
    happen(event_relayed, 5, round % kCpus);
    EXPECT_EQ(at(5, event_relayed), 1U);
    rows.take_back(5);
    EXPECT_FALSE(rows.of(5));
    EXPECT_EQ(in_all(event_relayed), round);
  }
  rows.take_back(5);
  rows.take_back(kInterfacesMax);
}

TEST_F(EventRowsTest, interfaces_beyond_the_rows_or_the_table_are_counted_together) {
  for (std::uint32_t interface = 1; interface < 2 * kEventRows; ++interface) rows.give(interface);
  rows.give(kInterfacesMax);
  const auto has_row = [&](std::uint64_t number) { return number != kRowOfOthers; };
  EXPECT_EQ(std::ranges::count_if(numbers, has_row), kEventRows - 2);
  for (const std::uint32_t interface : {2U * kEventRows - 1, std::uint32_t{kInterfacesMax}, ~0U}) {
    EXPECT_FALSE(rows.of(interface));
    EXPECT_TRUE(rows.has_seen_datagram(interface)) << "for all that is known";
    happen(event_relayed, interface);
  }
  EXPECT_EQ(in_all(event_relayed), 3U);
  rows.take_back(1);
  rows.give(2 * kEventRows - 1);
  EXPECT_EQ(at(2 * kEventRows - 1, event_relayed), 0U);
}

TEST_F(EventRowsTest, tell_whether_datagrams_for_this_host_come_by) {
  for (std::size_t event = 0; event < event_kinds; ++event) {
    rows.give(3);
    EXPECT_FALSE(rows.has_seen_datagram(3));
    happen(static_cast<Event>(event), 3, 2);
    const bool is_for_others =
        event == event_other_protocol || event == event_tagged || event == event_other_host;
    EXPECT_EQ(rows.has_seen_datagram(3), !is_for_others) << rows.all()[event].name;
    rows.take_back(3);
  }
}

}  // namespace
}  // namespace turnpike::kernel
