// Orders to other nodes: what is read of them.
#include "turnpike/fleet/order.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "unit/fleet/nodes.hpp"

namespace turnpike::fleet {
namespace {

using test::node_id;

const Order kOrder{node_id(1), Task::drain, node_id(2)};

TEST(Order, what_is_written_is_read_back) {
  const auto read = read_order(write_order(kOrder));
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, kOrder);
  EXPECT_EQ(to_string(Task::drain), "drain");
}

TEST(Order, members_that_do_not_fit_are_refused) {
  const struct {
    const char *member, *value;
  } kCases[] = {{"node", R"("n1")"}, {"node", "null"},         {"by", R"("")"},
                {"by", "7"},         {"task", R"("explode")"}, {"task", "1"}};
  for (const auto& [member, value] : kCases) {
    auto object = boost::json::parse(write_order(kOrder)).as_object();
    object[member] = boost::json::parse(value);
    EXPECT_EQ(read_order(boost::json::serialize(object)).error(), RecordFault::malformed)
        << member << " " << value;
  }
  EXPECT_EQ(read_order(std::string(2000, ' ')).error(), RecordFault::too_long);
  EXPECT_EQ(read_order("[]").error(), RecordFault::malformed);
}

}  // namespace
}  // namespace turnpike::fleet
