// Causes have names of their own, and are counted each by itself.
#include "turnpike/kernel/flow_admissions.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace turnpike::kernel {
namespace {

TEST(FlowAdmissions, count_each_cause_by_itself) {
  FlowAdmissions admissions;
  admissions.count(NoFlow::taken);
  admissions.count(NoFlow::stream);
  admissions.count(NoFlow::taken);
  EXPECT_THAT(admissions.not_added, testing::ElementsAre(1, 0, 0, 0, 0, 0, 2, 0));
}

TEST(NoFlow, has_a_name_for_each_cause) {
  std::set<std::string_view> names;
  for (std::size_t cause = 0; cause < kNoFlowKinds; ++cause)
    names.insert(to_string(static_cast<NoFlow>(cause)));
  EXPECT_EQ(names.size(), kNoFlowKinds);
  EXPECT_FALSE(names.contains(""));
  EXPECT_EQ(to_string(NoFlow::left), "left");
}

}  // namespace
}  // namespace turnpike::kernel
