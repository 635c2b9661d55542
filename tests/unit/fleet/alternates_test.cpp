// Who is redirected where, and whose URLs are handed out.
#include "turnpike/fleet/alternates.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "unit/fleet/nodes.hpp"

namespace turnpike::fleet {
namespace {

using test::node;
using test::node_id;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

std::vector<const NodeRecord*> all(const std::vector<NodeRecord>& nodes) {
  std::vector<const NodeRecord*> live;
  for (const NodeRecord& each : nodes) live.push_back(&each);
  return live;
}

class AlternatesTest : public ::testing::Test {
 protected:
  std::string choose(const NodeRecord& self, const std::vector<NodeRecord>& nodes,
                     Transport transport = Transport::udp, Family family = Family::ipv4) {
    const auto chosen = alternates_.choose(self, all(nodes), transport, family, random_);
    return chosen ? chosen->node_id : "";
  }
  // How often each is chosen.
  std::map<std::string, int> chosen(const NodeRecord& self, const std::vector<NodeRecord>& nodes, int times) {
    std::map<std::string, int> counts;
    for (int i = 0; i < times; ++i) ++counts[choose(self, nodes)];
    return counts;
  }

  SeededRandom random_{1};
  Alternates alternates_{0.8};
};

TEST_F(AlternatesTest, redirecting_begins_at_the_mark_and_ends_below_it) {
  const struct {
    std::uint32_t busy_permille;
    bool redirects;
  } kScript[] = {{790, false}, {800, true},  {790, true}, {751, true},
                 {749, false}, {790, false}, {800, true}};
  for (const auto& [busy_permille, redirects] : kScript)
    EXPECT_EQ(alternates_.should_redirect(node(1, "", busy_permille)), redirects) << busy_permille;
  NodeRecord draining = node(1);
  draining.is_draining = true;
  EXPECT_TRUE(alternates_.should_redirect(draining));
}

TEST_F(AlternatesTest, a_node_fits_if_it_is_another_and_has_room_and_the_same_way_in) {
  NodeRecord draining = node(2), leaving = node(2), nameless = node(2);
  draining.is_draining = true;
  leaving.is_leaving = true;
  nameless.certificate_name = "";
  const struct {
    const char* name;
    NodeRecord other;
    Transport transport;
    Family family;
    bool fits;
  } kCases[] = {
      {"idle", node(2), Transport::udp, Family::ipv4, true},
      {"itself", node(1), Transport::udp, Family::ipv4, false},
      {"below the mark by less than the margin", node(2, "", 755), Transport::udp, Family::ipv4, false},
      {"below the mark by the margin", node(2, "", 745), Transport::udp, Family::ipv4, true},
      {"draining", draining, Transport::udp, Family::ipv4, false},
      {"leaving", leaving, Transport::udp, Family::ipv4, false},
      {"of the other family", node(2), Transport::udp, Family::ipv6, true},
      {"without that family over TCP", node(2), Transport::tcp, Family::ipv6, false},
      {"without DTLS", node(2), Transport::dtls, Family::ipv4, false},
      {"over TLS", node(2), Transport::tls, Family::ipv4, true},
      {"over TLS without a name", nameless, Transport::tls, Family::ipv4, false},
  };
  for (const auto& each : kCases)
    EXPECT_EQ(!choose(node(1, "", 900), {each.other}, each.transport, each.family).empty(), each.fits)
        << each.name;
}

TEST_F(AlternatesTest, the_address_and_the_name_are_those_of_the_way_in) {
  const std::vector<NodeRecord> nodes{node(2)};
  const auto chosen = alternates_.choose(node(1, "", 900), all(nodes), Transport::tls, Family::ipv4, random_);
  EXPECT_EQ(chosen, (Alternate{node_id(2), {IpAddress::v4(192, 0, 2, 2), 443}, "n2.example.org"}));
}

TEST_F(AlternatesTest, the_own_region_comes_first_and_any_other_where_it_has_nobody) {
  const NodeRecord self = node(1, "eu", 900);
  EXPECT_EQ(choose(self, {node(2, "us"), node(3, "eu", 700)}), node_id(3));
  EXPECT_EQ(choose(self, {node(2, "us"), node(3, "eu", 790)}), node_id(2));
}

TEST_F(AlternatesTest, where_few_nodes_of_a_region_have_room_most_of_its_clients_go_elsewhere) {
  std::vector<NodeRecord> nodes;
  for (unsigned i = 2; i <= 40; ++i) nodes.push_back(node(i, "eu", i < 4 ? 500 : 900));
  for (unsigned i = 50; i < 60; ++i) nodes.push_back(node(i, "us", 700));
  const NodeRecord self = node(1, "eu", 900);
  int near = 0, first = 0;
  for (int i = 0; i < 1000; ++i) {
    Alternates fresh(0.8);
    near += fresh.choose(self, all(nodes), Transport::udp, Family::ipv4, random_)->node_id < node_id(50);
    first += alternates_.line_up(self, all(nodes), random_).front().node->region == "eu";
  }
  EXPECT_NEAR(near, 1000 * (2 + 3) / 40, 40);
  EXPECT_NEAR(first, 1000 * (2 + 3) / 40, 40);
  for (unsigned i = 0; i < 10; ++i) nodes.pop_back();
  EXPECT_THAT(alternates_.line_up(self, all(nodes), random_), SizeIs(2)) << "there is nobody elsewhere";
}

TEST_F(AlternatesTest, nobody_is_sent_to_a_node_with_as_much_to_do) {
  EXPECT_EQ(choose(node(1, "", 700), {node(2, "", 690)}), "");
  NodeRecord draining = node(1, "", 100);
  draining.is_draining = true;
  EXPECT_EQ(choose(draining, {node(2, "", 690)}), node_id(2));
}

TEST_F(AlternatesTest, those_with_less_to_do_are_chosen_more_often_but_never_one_alone) {
  std::vector<NodeRecord> nodes;
  for (unsigned i = 2; i < 12; ++i) nodes.push_back(node(i, "", i * 50));
  auto counts = chosen(node(1, "", 950), nodes, 100);
  EXPECT_GT(counts[node_id(2)], counts[node_id(10)]);
  EXPECT_LT(counts[node_id(2)], 40);
  EXPECT_GE(counts.size(), 5U);
}

TEST_F(AlternatesTest, those_it_has_sent_count_until_the_node_is_heard_of_again) {
  const NodeRecord self = node(1, "", 950);
  std::vector<NodeRecord> nodes{node(2, "", 740)};
  EXPECT_EQ(chosen(self, nodes, 100)[node_id(2)], 10);  // a thousand ports: each is a thousandth
  ++nodes[0].seq;
  EXPECT_EQ(choose(self, nodes), node_id(2));
}

TEST_F(AlternatesTest, who_was_sent_by_others_counts_as_who_was_chosen) {
  const NodeRecord self = node(1, "", 950);
  NodeRecord other = node(2, "", 740);
  alternates_.note_sent(other, 9);
  EXPECT_EQ(choose(self, {other}), node_id(2));
  EXPECT_EQ(choose(self, {other}), "");
  ++other.seq;
  EXPECT_EQ(choose(self, {other}), node_id(2));
}

TEST_F(AlternatesTest, the_line_has_the_region_first_and_who_has_enough_only_in_a_drain) {
  NodeRecord self = node(1, "eu", 900), draining = node(6, "eu"), leaving = node(7, "eu");
  draining.is_draining = leaving.is_leaving = true;
  const std::vector<NodeRecord> nodes{
      node(2, "us"), node(3, "eu", 790), node(4, "eu", 500), draining, node(5, "us", 990), leaving, self};
  const auto line_of = [&] {
    std::vector<std::pair<std::string, bool>> line;
    for (const InLine& each : alternates_.line_up(self, all(nodes), random_))
      line.emplace_back(each.node->id, each.has_enough);
    return line;
  };
  using Line = std::vector<std::pair<std::string, bool>>;
  EXPECT_EQ(line_of(), (Line{{node_id(4), false}, {node_id(2), false}}));
  self.is_draining = true;
  EXPECT_EQ(line_of(),
            (Line{{node_id(4), false}, {node_id(2), false}, {node_id(3), true}, {node_id(5), true}}));
}

TEST_F(AlternatesTest, lines_begin_by_chance_and_seldom_with_the_busiest) {
  std::vector<NodeRecord> nodes;
  for (unsigned i = 2; i < 12; ++i) nodes.push_back(node(i, "", i * 50));
  std::map<std::string, int> firsts;
  for (int i = 0; i < 1000; ++i) {
    const auto line = alternates_.line_up(node(1, "", 950), all(nodes), random_);
    ASSERT_EQ(line.size(), nodes.size());
    ++firsts[line.front().node->id];
  }
  EXPECT_NEAR(firsts[node_id(2)], 200, 60);
  EXPECT_GE(firsts.size(), 8U);
  EXPECT_EQ(firsts[node_id(11)], 0) << "of every two there is one with less to do";
}

TEST_F(AlternatesTest, no_two_nodes_send_clients_to_each_other_whatever_their_loads) {
  for (std::uint32_t a = 0; a <= 1000; a += 10) {
    for (std::uint32_t b = 0; b <= 1000; b += 10) {
      Alternates of_a(0.8), of_b(0.8);
      const NodeRecord first = node(1, "", a), second = node(2, "", b);
      const bool there = of_a.choose(first, {&second}, Transport::udp, Family::ipv4, random_).has_value();
      const bool back = of_b.choose(second, {&first}, Transport::udp, Family::ipv4, random_).has_value();
      EXPECT_FALSE(there && back) << a << " " << b;
    }
  }
}

TEST_F(AlternatesTest, urls_come_from_the_region_first_and_never_from_who_drains) {
  NodeRecord draining = node(4, "us");
  draining.is_draining = true;
  const std::vector<NodeRecord> nodes{node(2, "us"), node(3, "us", 850), draining, node(5, "eu")};
  const NodeRecord self = node(1, "eu");
  EXPECT_THAT(nearest_urls(self, all(nodes), {"us", 0.8, 1, 8}, random_), ElementsAre("turn:n2.example.org"));
  EXPECT_THAT(nearest_urls(self, all(nodes), {"", 0.8, 2, 8}, random_),
              UnorderedElementsAre("turn:n1.example.org", "turn:n5.example.org"));
  EXPECT_THAT(nearest_urls(self, all(nodes), {"us", 0.8, 9, 8}, random_), SizeIs(4));
  EXPECT_THAT(nearest_urls(self, all(nodes), {"us", 0.8, 9, 2}, random_), SizeIs(2));
  EXPECT_THAT(nearest_urls(self, all(nodes), {"unheard of", 0.8, 9, 8}, random_).back(),
              "turn:n3.example.org");
  EXPECT_THAT(nearest_urls(draining, {}, {}, random_), ElementsAre("turn:n4.example.org"));
  NodeRecord twin = node(7);
  twin.urls = node(1).urls;
  EXPECT_THAT(nearest_urls(node(1), {&twin}, {}, random_), ElementsAre("turn:n1.example.org"));
  NodeRecord mute = node(6);
  mute.urls.clear();
  EXPECT_THAT(nearest_urls(mute, {}, {}, random_), IsEmpty());
}

TEST_F(AlternatesTest, of_a_region_those_with_more_room_are_first_more_often) {
  const std::vector<NodeRecord> nodes{node(2, "", 100), node(3, "", 700)};
  NodeRecord self = node(1);
  self.urls.clear();
  int first = 0;
  for (int i = 0; i < 1000; ++i)
    first += nearest_urls(self, all(nodes), {"", 0.8, 1, 8}, random_)[0] == "turn:n2.example.org";
  EXPECT_NEAR(first, 750, 60);
}

}  // namespace
}  // namespace turnpike::fleet
