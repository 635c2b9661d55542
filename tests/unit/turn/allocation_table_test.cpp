// Allocations found by 5-tuple, id and relay, and in the order of their deadlines.
#include "turnpike/turn/allocation_table.hpp"

#include <gtest/gtest.h>

namespace turnpike::turn {
namespace {

using std::chrono::seconds;

Allocation allocation(relay::AllocationId id, int expires_s) {
  Allocation made;
  made.id = id;
  const auto port = static_cast<std::uint16_t>(1000 + id);
  made.client.tuple.client = {IpAddress::v4(198, 51, 100, 1), port};
  made.halves = {{{IpAddress::v4(203, 0, 113, 1), port}, TimePoint(seconds(expires_s))},
                 {{IpAddress::parse("2001:db8::1").value(), port}, TimePoint(seconds(expires_s + 5))}};
  return made;
}

TEST(AllocationTable, those_of_a_user_are_found_until_they_are_erased) {
  AllocationTable table;
  constexpr const char* kUsers[] = {"alice", "bob", "alice"};
  for (relay::AllocationId id = 1; id <= 3; ++id) {
    Allocation made = allocation(id, 10);
    made.identity.user_id = kUsers[id - 1];
    table.insert(made);
  }
  EXPECT_EQ(table.ids_of("alice"), (std::vector<relay::AllocationId>{1, 3}));
  EXPECT_EQ(table.ids_of("bob"), std::vector<relay::AllocationId>{2});
  EXPECT_TRUE(table.ids_of("carol").empty());
  table.erase(1);
  EXPECT_EQ(table.ids_of("alice"), std::vector<relay::AllocationId>{3});
}

TEST(AllocationTable, one_is_found_by_tuple_id_and_each_relay_until_it_is_erased) {
  AllocationTable table;
  const Allocation original = allocation(1, 10);
  table.insert(original);
  table.insert(allocation(2, 20));
  EXPECT_EQ(*table.find(original.client.tuple), original);
  EXPECT_EQ(*table.find(relay::AllocationId{1}), original);
  for (const RelayHalf& half : original.halves) EXPECT_EQ(table.find_by_relay(half.relay)->id, 1U);
  EXPECT_EQ(table.ids(), (std::vector<relay::AllocationId>{1, 2}));

  table.forget_relay(original.halves[0].relay);
  EXPECT_EQ(table.find_by_relay(original.halves[0].relay), nullptr);
  EXPECT_EQ(table.find_by_relay(original.halves[1].relay)->id, 1U);
  table.erase(1);
  table.erase(1);
  EXPECT_EQ(table.find(relay::AllocationId{1}), nullptr);
  EXPECT_EQ(table.find(original.client.tuple), nullptr);
  EXPECT_EQ(table.find_by_relay(original.halves[1].relay), nullptr);
  EXPECT_EQ(table.size(), 1U);
  EXPECT_EQ(table.next_deadline(), TimePoint(seconds(20)));
}

TEST(AllocationTable, another_transport_is_another_5_tuple) {
  AllocationTable table;
  table.insert(allocation(1, 10));
  FiveTuple tuple = allocation(1, 10).client.tuple;
  tuple.transport = Transport::tcp;
  EXPECT_EQ(table.find(tuple), nullptr);
}

TEST(AllocationTable, deadlines_come_in_order_and_move) {
  AllocationTable table;
  for (const relay::AllocationId id : {3, 1, 2}) table.insert(allocation(id, static_cast<int>(id) * 10));
  Allocation& first = *table.find(relay::AllocationId{1});
  for (RelayHalf& half : first.halves) half.expires = TimePoint(seconds(25));
  table.reschedule(first);
  EXPECT_EQ(table.next_deadline(), TimePoint(seconds(20)));
  EXPECT_FALSE(table.pop_due(TimePoint(seconds(19))));
  std::vector<relay::AllocationId> due;
  while (const auto id = table.pop_due(TimePoint(seconds(30)))) due.push_back(*id);
  EXPECT_EQ(due, (std::vector<relay::AllocationId>{2, 1, 3}));
  EXPECT_FALSE(table.next_deadline());
}

TEST(AllocationTable, pointers_stay_while_others_come_and_go) {
  AllocationTable table;
  const Allocation* first = &table.insert(allocation(1, 10));
  for (relay::AllocationId id = 2; id < 2000; ++id) table.insert(allocation(id, 10));
  for (relay::AllocationId id = 2; id < 2000; id += 2) table.erase(id);
  EXPECT_EQ(table.find(relay::AllocationId{1}), first);
  EXPECT_EQ(*first, allocation(1, 10));
}

}  // namespace
}  // namespace turnpike::turn
