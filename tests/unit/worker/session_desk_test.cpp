// Sessions in pages, by id or the busiest first, and never more than so many a turn.
#include "turnpike/worker/session_desk.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace turnpike::worker {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Ids = std::vector<relay::AllocationId>;

class SessionDeskTest : public ::testing::Test {
 protected:
  // Ids from 1 on, with these rates.
  void begin(const std::vector<std::uint64_t>& rates) {
    for (const std::uint64_t rate : rates) rates_.emplace(rates_.size() + 1, rate);
  }
  void ask(SessionQuery query) {
    desk_.ask(std::move(query), [this](SessionPage page) { pages_.push_back(std::move(page)); });
  }
  // One turn.
  std::size_t turn() {
    looks_ = 0;
    desk_.read_some();
    return looks_;
  }
  SessionPage answer(SessionQuery query) {
    ask(std::move(query));
    while (desk_.is_reading()) desk_.read_some();
    return std::move(pages_.back());
  }
  static Ids ids_of(const SessionPage& page) {
    Ids ids;
    for (const Session& session : page.sessions) ids.push_back(session.allocation);
    return ids;
  }

  std::map<relay::AllocationId, std::uint64_t> rates_;
  std::vector<SessionPage> pages_;
  std::size_t looks_ = 0;
  SessionDesk desk_{{.ids =
                         [this](const SessionQuery& query) {
                           Ids ids;
                           for (const auto& [id, rate] : rates_) {
                             if (id > query.after) ids.push_back(id);
                           }
                           return ids;
                         },
                     .rate = [this](relay::AllocationId id) -> std::optional<std::uint64_t> {
                       ++looks_;
                       if (!rates_.contains(id)) return std::nullopt;
                       return rates_.at(id);
                     },
                     .look = [this](relay::AllocationId id) -> std::optional<Session> {
                       ++looks_;
                       if (!rates_.contains(id)) return std::nullopt;
                       Session session;
                       session.allocation = id;
                       return session;
                     }}};
};

TEST_F(SessionDeskTest, pages_go_on_where_the_one_before_ended) {
  begin({0, 0, 0, 0, 0});
  const SessionPage first = answer({.after = 0, .max = 2});
  EXPECT_THAT(ids_of(first), ElementsAre(1, 2));
  EXPECT_TRUE(first.has_more);
  const SessionPage second = answer({.after = 2, .max = 2});
  EXPECT_THAT(ids_of(second), ElementsAre(3, 4));
  EXPECT_TRUE(second.has_more);
  const SessionPage last = answer({.after = 4, .max = 2});
  EXPECT_THAT(ids_of(last), ElementsAre(5));
  EXPECT_FALSE(last.has_more);
  EXPECT_FALSE(answer({.after = 3, .max = 2}).has_more) << "it ends with the last one";
  EXPECT_THAT(ids_of(answer({.after = 5, .max = 2})), IsEmpty());
}

TEST_F(SessionDeskTest, the_busiest_come_first) {
  begin({5, 900, 0, 70, 1000});
  const SessionPage page = answer({.max = 3, .busiest = true});
  EXPECT_THAT(ids_of(page), ElementsAre(5, 2, 4));
  EXPECT_TRUE(page.has_more);
  EXPECT_THAT(ids_of(answer({.max = 9, .busiest = true})), ElementsAre(5, 2, 4, 1, 3));
}

TEST_F(SessionDeskTest, a_turn_is_bounded_and_questions_wait_for_each_other) {
  begin(std::vector<std::uint64_t>(1000, 1));
  ask({.max = 1000});
  ask({.max = 10, .busiest = true});
  std::size_t turns = 0;
  for (; desk_.is_reading(); ++turns) ASSERT_LE(turn(), SessionDesk::kRatesPerTurn);
  EXPECT_EQ(turns, 16U + 4U + 1U);
  ASSERT_EQ(pages_.size(), 2U);
  EXPECT_EQ(pages_[0].sessions.size(), 1000U);
  EXPECT_EQ(pages_[1].sessions.size(), 10U);
}

TEST_F(SessionDeskTest, who_has_ended_meanwhile_is_not_told) {
  begin(std::vector<std::uint64_t>(100, 1));
  ask({.max = 100});
  turn();
  rates_.erase(3);   // was told before
  rates_.erase(90);  // was not
  while (desk_.is_reading()) turn();
  EXPECT_EQ(pages_.back().sessions.size(), 99U);
}

}  // namespace
}  // namespace turnpike::worker
