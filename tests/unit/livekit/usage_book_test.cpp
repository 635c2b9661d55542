// The accounts: what belongs to whom, that nothing counts twice, and when an account is closed.
#include "turnpike/livekit/usage_book.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace turnpike::livekit {
namespace {

using relay::AllocationUsage;
using relay::UsageReport;
using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Usages = std::vector<AllocationUsage>;

TimePoint at(std::int64_t s) { return TimePoint(seconds(s)); }

// One packet of so many bytes each way.
AllocationUsage allocation(relay::AllocationId id, std::string user, std::uint64_t bytes,
                           Transport transport = Transport::udp, std::int64_t since_s = 0) {
  return {id, std::move(user), at(since_s), transport, {1, bytes, 1, bytes, 0}};
}

Usage usage(std::uint32_t live, std::uint32_t total, std::uint64_t bytes, std::uint64_t bits_per_second,
            std::int64_t since_s = 0) {
  return {live, total, at(since_s), {total, bytes, total, bytes, 0}, bits_per_second};
}

class UsageBookTest : public ::testing::Test {
 protected:
  static UsageBookOptions options() { return {.accounts_max = 4, .rooms_max = 2}; }

  void live(Usages allocations, std::uint32_t worker = 0) {
    book_.apply({worker, std::move(allocations), {}});
  }
  void ended(Usages allocations, std::uint32_t worker = 0) {
    book_.apply({worker, std::nullopt, std::move(allocations)});
  }
  UsageView settled(std::int64_t s) {
    book_.settle(at(s));
    return book_.view();
  }
  // Of the only one there is.
  Usage only(std::int64_t s) {
    const UsageView view = settled(s);
    EXPECT_THAT(view.rooms, IsEmpty());
    return view.others.size() == 1 ? view.others[0].usage : Usage{};
  }

  std::map<std::string, Membership, std::less<>> members_;
  UsageBook book_{[this](std::string_view user_id) {
                    const auto found = members_.find(user_id);
                    return found == members_.end() ? std::nullopt : std::optional(found->second);
                  },
                  options()};
};

TEST_F(UsageBookTest, participants_stand_in_their_rooms_and_all_others_apart) {
  members_ = {{"PA_1", {"r1", "alice"}}, {"PA_2", {"r1", "bob"}}, {"PA_3", {"r2", "carol"}}};
  live({allocation(1, "PA_1", 1000), allocation(2, "PA_1", 500, Transport::tls, 5),
        allocation(3, "user", 10)});
  live({allocation(4, "PA_2", 100), allocation(5, "PA_3", 7)}, 1);
  const std::vector<ParticipantUsage> in_first = {
      {"PA_1", "alice", {Transport::udp, Transport::tls}, usage(2, 2, 1500, 2400)},
      {"PA_2", "bob", {Transport::udp}, usage(1, 1, 100, 160)},
  };
  const std::vector<ParticipantUsage> in_second = {{"PA_3", "carol", {Transport::udp}, usage(1, 1, 7, 11)}};
  const UsageView expected = {
      {{"r1", 0, usage(3, 3, 1600, 2560), in_first}, {"r2", 0, usage(1, 1, 7, 11), in_second}},
      {{"user", "", {Transport::udp}, usage(1, 1, 10, 16)}},
  };
  EXPECT_EQ(settled(10), expected);
  EXPECT_THAT(book_.relaying(), ::testing::UnorderedElementsAre("PA_1", "PA_2", "PA_3", "user"));
  EXPECT_EQ(book_.counts(), (UsageBook::Counts{2, 3}));
  live({}, 1);
  settled(20);
  EXPECT_EQ(book_.counts(), (UsageBook::Counts{1, 1})) << "who is there and has no allocation does not relay";
}

TEST_F(UsageBookTest, an_allocation_counts_once_before_and_after_its_end) {
  live({allocation(1, "user", 100), allocation(2, "user", 10)});
  EXPECT_EQ(only(1).traffic.bytes_from_client, 110U);
  ended({allocation(1, "user", 150)});
  EXPECT_EQ(only(1), usage(1, 2, 160, 1760)) << "between two readings";
  live({allocation(2, "user", 11)});
  EXPECT_EQ(only(1), usage(1, 2, 161, 1760));
  book_.apply({0, Usages{allocation(3, "user", 1)}, {allocation(2, "user", 12)}});
  EXPECT_EQ(only(1), usage(1, 3, 163, 1760)) << "in one report";
  EXPECT_EQ(only(1).traffic, only(1).traffic) << "settling twice changes nothing";
}

TEST_F(UsageBookTest, workers_replace_only_their_own) {
  live({allocation(1, "user", 100)}, 0);
  live({allocation(2, "user", 10)}, 1);
  live({allocation(1, "user", 200)}, 0);
  EXPECT_EQ(only(1).traffic.bytes_to_client, 210U);
}

TEST_F(UsageBookTest, the_bit_rate_is_an_average_since_the_settlement_before_but_at_least_of_a_second) {
  live({allocation(1, "user", 1000)});
  EXPECT_EQ(only(4).bits_per_second, 4000U) << "since it began";
  live({allocation(1, "user", 3000)});
  book_.settle(at(4) + milliseconds(900));
  EXPECT_EQ(book_.view().others[0].usage.bits_per_second, 4000U) << "too soon";
  EXPECT_EQ(only(6).bits_per_second, 16000U);
  EXPECT_EQ(only(7).bits_per_second, 0U);
}

TEST_F(UsageBookTest, an_account_lasts_as_long_as_allocations_or_the_participant) {
  members_ = {{"PA_1", {"r1", "alice"}}};
  live({allocation(1, "PA_1", 100), allocation(2, "user", 100)});
  settled(1);
  book_.apply({0, Usages{}, {allocation(1, "PA_1", 100), allocation(2, "user", 100)}});
  const UsageView view = settled(2);
  EXPECT_THAT(view.others, IsEmpty());
  ASSERT_EQ(view.rooms.size(), 1U);
  EXPECT_EQ(view.rooms[0].participants[0].usage, usage(0, 1, 100, 0));
  members_.clear();
  EXPECT_EQ(settled(3), UsageView{});
}

TEST_F(UsageBookTest, whoever_leaves_is_told_of_once_and_counts_for_the_room_until_it_is_over) {
  const Membership alice{"r1", "alice"};
  members_ = {{"PA_1", alice}, {"PA_2", {"r1", "bob"}}};
  live({allocation(1, "PA_1", 100), allocation(2, "PA_2", 10)});
  settled(1);
  members_.erase("PA_1");
  ended({allocation(1, "PA_1", 200)});
  EXPECT_EQ(book_.close_participant("PA_1", alice),
            (ParticipantUsage{"PA_1", "alice", {}, usage(0, 1, 200, 0)}));
  EXPECT_EQ(book_.close_participant("PA_1", alice), std::nullopt);
  const UsageView view = settled(2);
  ASSERT_EQ(view.rooms.size(), 1U);
  EXPECT_EQ(view.rooms[0].participants_left, 1U);
  EXPECT_EQ(view.rooms[0].usage, usage(1, 2, 210, view.rooms[0].usage.bits_per_second));
  EXPECT_EQ(view.rooms[0].participants.size(), 1U);

  ended({allocation(2, "PA_2", 20)});
  book_.close_participant("PA_2", {"r1", "bob"});
  EXPECT_EQ(book_.close_room("r1"), (RoomUsage{"r1", 2, usage(0, 2, 220, 0), {}}));
  EXPECT_EQ(book_.close_room("r1"), std::nullopt);
  EXPECT_EQ(settled(3), UsageView{});
}

TEST_F(UsageBookTest, who_never_relayed_has_no_account_to_close) {
  EXPECT_EQ(book_.close_participant("PA_1", {"r1", "alice"}), std::nullopt);
  EXPECT_EQ(book_.close_room("r1"), std::nullopt);
}

TEST_F(UsageBookTest, nobody_in_a_room_is_told_of_without_one) {
  ended({allocation(1, "PA_1", 5)});
  EXPECT_TRUE(book_.close_participant("PA_1", {}));
  EXPECT_EQ(settled(1), UsageView{});
}

TEST_F(UsageBookTest, keeps_no_more_accounts_and_rooms_than_it_may) {
  Usages many;
  for (relay::AllocationId id = 1; id <= 6; ++id)
    many.push_back(allocation(id, "user" + std::to_string(id), 1));
  live(many);
  EXPECT_EQ(settled(1).others.size(), options().accounts_max);
  ended(many);
  EXPECT_EQ(settled(2), UsageView{});
  for (const char* room : {"a", "b", "c"}) {
    ended({allocation(9, "PA_1", 1)});
    book_.close_participant("PA_1", {room, "alice"});
  }
  EXPECT_FALSE(book_.close_room("a"));
  EXPECT_TRUE(book_.close_room("b"));
  EXPECT_TRUE(book_.close_room("c"));
}

}  // namespace
}  // namespace turnpike::livekit
