// How allocations are judged again.
#include "turnpike/worker/revision.hpp"

#include <gtest/gtest.h>

namespace turnpike::worker {
namespace {

using Ids = std::vector<relay::AllocationId>;

TEST(Revision, a_turn_judges_so_many_and_the_next_one_goes_on) {
  Revision revision;
  EXPECT_FALSE(revision.is_going_on());
  revision.begin({1, 2, 3, 4, 5});
  Ids judged;
  const auto judge = [&](relay::AllocationId id) {
    judged.push_back(id);
    return Revision::kJudgedPerTurn / 2;
  };
  revision.go_on(judge);
  EXPECT_EQ(judged, (Ids{1, 2}));
  revision.begin({4, 5});
  revision.go_on(judge);
  EXPECT_EQ(judged, (Ids{1, 2, 4, 5}));
  EXPECT_FALSE(revision.is_going_on());
}

}  // namespace
}  // namespace turnpike::worker
