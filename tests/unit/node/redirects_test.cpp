// What workers are told of other nodes, and when.
#include "turnpike/node/redirects.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "unit/fleet/nodes.hpp"

namespace turnpike::node {
namespace {

using fleet::NodeRecord;
using fleet::test::node;
using std::chrono::milliseconds;
using std::chrono::seconds;

const TimePoint kStart{seconds(1000)};

Endpoint udp_of(unsigned number) {
  return {IpAddress::v4(192, 0, 2, static_cast<std::uint8_t>(number)), 3478};
}

class RedirectsTest : public testing::Test {
 protected:
  std::optional<turn::Alternates> update(const NodeRecord& self, std::vector<const NodeRecord*> live,
                                         Duration after, const std::vector<turn::SentTo>& sent = {}) {
    return redirects_.update(self, live, sent, kStart + after);
  }
  // Where a client over UDP is sent.
  static std::optional<Endpoint> first(const std::optional<turn::Alternates>& alternates) {
    const auto detour = alternates ? alternates->detour({}) : std::nullopt;
    return detour ? std::optional(detour->first) : std::nullopt;
  }

  SeededRandom random_{1};
  Redirects redirects_{0.8, random_};
  const NodeRecord other_ = node(2);
};

TEST_F(RedirectsTest, nothing_is_said_until_there_is_something_to_say_and_then_once) {
  EXPECT_FALSE(update(node(1, "", 500), {&other_}, {}));
  const auto begun = update(node(1, "", 850), {&other_}, milliseconds(1));
  ASSERT_TRUE(begun);
  EXPECT_TRUE(begun->redirects());
  EXPECT_TRUE(redirects_.is_sending());
  EXPECT_EQ(first(begun), udp_of(2));
  EXPECT_FALSE(update(node(1, "", 850), {&other_}, seconds(1))) << "it is the same list";
  EXPECT_FALSE(update(node(1, "", 760), {&other_}, seconds(2))) << "not below the mark by the margin";
  const auto ended = update(node(1, "", 740), {&other_}, seconds(3));
  ASSERT_TRUE(ended);
  EXPECT_EQ(*ended, turn::Alternates());
  EXPECT_FALSE(update(node(1, "", 740), {&other_}, seconds(4)));
}

TEST_F(RedirectsTest, who_drains_gets_a_list_at_once_also_of_those_who_have_enough) {
  NodeRecord self = node(1, "", 100);
  const NodeRecord busy = node(3, "", 990);
  NodeRecord draining = node(4);
  draining.is_draining = true;
  EXPECT_FALSE(update(self, {&busy, &draining}, {}));
  self.is_draining = true;
  const auto list = update(self, {&busy, &draining}, milliseconds(1));
  ASSERT_TRUE(list);
  ASSERT_EQ(list->servers().size(), 1U);
  EXPECT_TRUE(list->servers()[0].has_enough);
  turn::Arrival arrival;
  EXPECT_FALSE(list->detour(arrival)) << "a client that may stay does";
  arrival.may_stay = false;
  EXPECT_EQ(list->detour(arrival)->first, udp_of(3));
}

TEST_F(RedirectsTest, those_that_are_gone_are_in_no_list) {
  const NodeRecord self = node(1, "", 850);
  ASSERT_TRUE(update(self, {&other_}, {}));
  const auto list = update(self, {}, milliseconds(200));
  ASSERT_TRUE(list);
  EXPECT_FALSE(first(list));
}

TEST_F(RedirectsTest, lists_are_drawn_five_times_a_second_and_spread_clients) {
  std::vector<NodeRecord> nodes;
  for (unsigned i = 2; i < 8; ++i) nodes.push_back(node(i));
  std::vector<const NodeRecord*> live;
  for (const NodeRecord& each : nodes) live.push_back(&each);
  const NodeRecord self = node(1, "", 850);
  std::map<Endpoint, int> sent;
  Endpoint at;
  int lists = 0;
  for (int i = 0; i < 1000; ++i) {  // 100 seconds, 2 clients each time
    const auto list = update(self, live, milliseconds(100) * i,
                             i == 0 ? std::vector<turn::SentTo>{} : std::vector<turn::SentTo>{{at, 2}});
    if (const auto next = first(list)) {
      at = *next;
      ++lists;
    }
    sent[at] += 2;
  }
  EXPECT_LE(lists, 500);
  EXPECT_GE(lists, 300);
  // Nobody is heard of again, so it is by their numbers alone that they have as many.
  ASSERT_EQ(sent.size(), nodes.size());
  for (const auto& [endpoint, clients] : sent) EXPECT_NEAR(clients, 2000 / 6, 50);
}

TEST_F(RedirectsTest, a_mark_that_is_raised_holds_at_once) {
  ASSERT_TRUE(update(node(1, "", 850), {&other_}, {}));
  redirects_.set_high_water(0.95);
  EXPECT_EQ(update(node(1, "", 850), {&other_}, milliseconds(1)), turn::Alternates());
}

TEST_F(RedirectsTest, a_way_in_that_only_the_last_one_has_is_in_the_list) {
  std::vector<NodeRecord> nodes;
  for (unsigned i = 2; i < 60; ++i) {
    nodes.push_back(node(i));
    nodes.back().certificate_name.clear();
  }
  nodes.back().certificate_name = "n.example.org";
  std::vector<fleet::InLine> line;
  for (const NodeRecord& each : nodes) line.push_back({&each, false});
  const auto servers = servers_of(line, "own.example.org");
  ASSERT_EQ(servers.size(), 9U);
  EXPECT_EQ(servers.back().domain, "n.example.org");
  const turn::Alternates alternates(true, servers);
  const auto detour = alternates.detour({.transport = Transport::tls, .here = {}, .reads_domain = true});
  ASSERT_TRUE(detour);
  EXPECT_EQ(*detour, (turn::Detour{{IpAddress::v4(192, 0, 2, 59), 443}, std::nullopt, "n.example.org"}));
}

TEST_F(RedirectsTest, the_own_name_is_not_told_and_without_a_name_there_is_no_tls) {
  NodeRecord twin = node(2), nameless = node(3);
  nameless.certificate_name.clear();
  const auto servers =
      servers_of({{&twin, false}, {&nameless, true}, {&other_, false}}, twin.certificate_name);
  ASSERT_EQ(servers.size(), 3U);
  EXPECT_EQ(servers[0].domain, "");
  EXPECT_EQ(servers[0].ways.size(), 4U);
  EXPECT_EQ(servers[1].ways.size(), 3U) << "UDP twice and TCP";
  EXPECT_TRUE(servers[1].has_enough);
  EXPECT_EQ(servers_of({{&twin, false}}, "own.example.org")[0].domain, twin.certificate_name);
}

}  // namespace
}  // namespace turnpike::node
