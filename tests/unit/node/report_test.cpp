// What operators are told of the nodes.
#include "turnpike/node/report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "unit/fleet/nodes.hpp"

namespace turnpike::node {
namespace {

using fleet::test::node;
using fleet::test::node_id;
using std::chrono::seconds;

TEST(FleetReport, this_node_is_among_those_that_are_heard_of_by_region) {
  const Now now{TimePoint(seconds(1000)), 1750000000};
  fleet::Membership members(node_id(2));
  fleet::NodeRecord draining = node(1, "us", 250), self = node(2, "eu");
  draining.is_draining = true;
  self.load.ports_used = 500;
  ASSERT_TRUE(members.on_record(draining, now.monotonic - seconds(3), now.monotonic));
  ASSERT_TRUE(members.on_record(node(3, "eu"), now.monotonic - seconds(20), now.monotonic)) << "gone by now";
  const auto report = fleet_json(self, members, true, now);
  EXPECT_EQ(report.at("node").as_string(), node_id(2));
  EXPECT_TRUE(report.at("is_in_fleet").as_bool());
  EXPECT_TRUE(report.at("is_connected").as_bool());
  const auto& nodes = report.at("nodes").as_array();
  ASSERT_EQ(nodes.size(), 2U);
  const auto& first = nodes[0].as_object();
  EXPECT_EQ(first.at("node").as_string(), node_id(2));
  EXPECT_TRUE(first.at("is_this").as_bool());
  EXPECT_EQ(first.at("load_permille").to_number<int>(), 500);
  EXPECT_EQ(first.at("heard_s_ago").to_number<int>(), 0);
  EXPECT_EQ(nodes[1], boost::json::parse(R"({
      "node": "00000000000000000000000000000001", "is_this": false, "region": "us",
      "addresses": ["udp 192.0.2.1:3478", "tcp 192.0.2.1:3478", "tls 192.0.2.1:443", "udp [2001:db8::1]:3478"],
      "certificate_name": "n1.example.org", "urls": ["turn:n1.example.org"], "busy_permille": 250,
      "ports_used": 0, "ports_total": 1000, "load_permille": 250, "bits_per_second": 0, "engine": "",
      "version": "", "is_draining": true, "heard_s_ago": 3})"));
}

}  // namespace
}  // namespace turnpike::node
