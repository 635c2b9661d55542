// What a node says about itself: written, read back, and refused where it does not fit.
#include "turnpike/fleet/node_record.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "unit/fleet/nodes.hpp"

namespace turnpike::fleet {
namespace {

using test::node;

TEST(NodeRecord, what_is_written_is_read_back) {
  NodeRecord record = node(7, "eu-west", 310);
  record.load = {310, 12, 1000, 12'000'000};
  record.is_draining = record.is_leaving = record.is_new = true;
  record.unix_s = 1'750'000'000;
  record.engine = "kernel";
  record.version = "0.1.0";
  record.tables = {1, 2, 3};
  const auto read = read_node(write_node(record));
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, record);
}

TEST(NodeRecord, what_is_too_long_is_left_out_when_it_is_written) {
  NodeRecord record = node(1);
  record.region = std::string(65, 'r');
  record.addresses.resize(100, record.addresses[0]);
  record.urls = {"turn:" + std::string(400, 'x'), "turn:ok"};
  const auto read = read_node(write_node(record));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->region, "");
  EXPECT_EQ(read->addresses.size(), 32U);
  EXPECT_EQ(read->urls, std::vector<std::string>{"turn:ok"});
}

TEST(NodeRecord, members_of_another_type_or_size_are_refused_and_unknown_ones_are_passed_over) {
  const std::string good = write_node(node(1));
  const struct {
    std::string member, value;
    bool is_good;
  } kCases[] = {
      {"of_a_later_version", "1", true},
      {"id", R"("short")", false},
      {"id", '"' + std::string(32, 'G') + '"', false},
      {"seq", "-1", false},
      {"seq", R"("1")", false},
      {"addresses", R"(["udp"])", false},
      {"addresses", R"(["sctp 192.0.2.1:1"])", false},
      {"addresses", R"(["udp 192.0.2.1:0"])", false},
      {"addresses", R"(["udp 192.0.2.256:1"])", false},
      {"addresses", "[1]", false},
      {"addresses", boost::json::serialize(boost::json::array(33, "udp 192.0.2.1:1")), false},
      {"urls", R"(["http://example.org"])", false},
      {"urls", R"(["turn:a\nb"])", false},
      {"region", '"' + std::string(65, 'r') + '"', false},
      {"busy_permille", "1001", false},
      {"draining", "1", false},
      {"places", "null", false},
      {"later", '"' + std::string(17000, 'x') + '"', false},
  };
  for (const auto& [member, value, is_good] : kCases) {
    auto object = boost::json::parse(good).as_object();
    object[member] = boost::json::parse(value);
    EXPECT_EQ(read_node(boost::json::serialize(object)).has_value(), is_good)
        << member << " " << value.substr(0, 60);
  }
  EXPECT_FALSE(read_node("[]"));
  EXPECT_FALSE(read_node(""));
}

TEST(NodeRecord, load_is_what_is_scarcest) {
  EXPECT_DOUBLE_EQ((Load{500, 1, 10, 0}.share()), 0.5);
  EXPECT_DOUBLE_EQ((Load{100, 9, 10, 0}.share()), 0.9);
  EXPECT_DOUBLE_EQ((Load{100, 9, 0, 0}.share()), 0.1);
  EXPECT_DOUBLE_EQ((Load{5000, 90, 10, 0}.share()), 1);
}

TEST(NodeRecord, an_address_is_found_by_transport_and_family) {
  const NodeRecord record = node(3);
  EXPECT_EQ(record.find(Transport::tls, Family::ipv4)->endpoint.port, 443);
  EXPECT_EQ(record.find(Transport::udp, Family::ipv6)->endpoint.to_string(), "[2001:db8::3]:3478");
  EXPECT_EQ(record.find(Transport::tls, Family::ipv6), nullptr);
}

TEST(NodeRecord, ids_are_random) {
  SeededRandom random(1);
  EXPECT_NE(random_node_id(random), random_node_id(random));
  EXPECT_EQ(random_node_id(random).size(), 32U);
}

}  // namespace
}  // namespace turnpike::fleet
