// Whose URLs participants get, by what is known of where they are.
#include "turnpike/node/nearest.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/fleet/nodes.hpp"

namespace turnpike::node {
namespace {

using fleet::NodeRecord;
using fleet::test::node;

IpAddress ip(const char* text) { return IpAddress::parse(text).value(); }

const fleet::Regions kTable({{IpPrefix{ip("198.51.100.0"), 24}, "us"},
                             {IpPrefix{ip("2001:db8::"), 32}, "asia"}});

TEST(Nearest, the_region_that_is_named_goes_before_the_tables_and_that_before_the_own) {
  const NodeRecord self = node(1, "eu"), us = node(2, "us");
  NodeRecord draining = node(3, "asia"), mute = node(4, "mute");
  draining.is_draining = true;
  mute.urls.clear();
  const std::vector<const NodeRecord*> live{&us, &draining, &mute};
  const struct {
    const char *named, *address, *region;
  } kCases[] = {
      {"", "203.0.113.1", "eu"},         {"", "198.51.100.7", "us"},        {"eu", "198.51.100.7", "eu"},
      {"us", "203.0.113.1", "us"},       {"nowhere", "198.51.100.7", "us"}, {"nowhere", "203.0.113.1", "eu"},
      {"", "2001:db8::1", "eu"},         {"asia", "198.51.100.7", "us"},    {"mute", "203.0.113.1", "eu"},
      {"", "::ffff:198.51.100.7", "us"},
  };
  for (const auto& [named, address, region] : kCases)
    EXPECT_EQ(region_for({named, ip(address)}, kTable, self, live), region) << named << " " << address;
}

TEST(Nearest, urls_of_the_region_come_first_and_the_own_are_among_them_where_nobody_else_is) {
  SeededRandom random(1);
  const NodeRecord self = node(1, "eu"), us = node(2, "us");
  const std::vector<const NodeRecord*> live{&us};
  EXPECT_THAT(urls_for({"us", ip("203.0.113.1")}, kTable, 0.8, self, live, random),
              testing::ElementsAre("turn:n2.example.org", "turn:n1.example.org"));
  EXPECT_THAT(urls_for({"", ip("203.0.113.1")}, kTable, 0.8, self, live, random),
              testing::ElementsAre("turn:n1.example.org", "turn:n2.example.org"));
  EXPECT_THAT(urls_for({"us", ip("203.0.113.1")}, kTable, 0.8, self, {}, random),
              testing::ElementsAre("turn:n1.example.org"));
  NodeRecord busy = node(2, "us", 900);
  EXPECT_THAT(urls_for({"us", ip("203.0.113.1")}, kTable, 0.8, self, {&busy}, random),
              testing::ElementsAre("turn:n1.example.org", "turn:n2.example.org"))
      << "who has enough comes last";
}

}  // namespace
}  // namespace turnpike::node
