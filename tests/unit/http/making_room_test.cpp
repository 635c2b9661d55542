// Which connection makes room for a new one.
#include "turnpike/http/making_room.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace turnpike::http {
namespace {

using Index = std::optional<std::size_t>;

TimePoint at(int seconds) { return TimePoint(std::chrono::seconds(seconds)); }

Place idle(const std::string& from, int since) {
  return {IpAddress::parse(from).value_or(IpAddress{}), at(since), false};
}

Place busy(const std::string& from, int since) {
  Place place = idle(from, since);
  place.is_busy = true;
  return place;
}

TEST(MakingRoom, of_those_who_count_the_longest_idle_one_gives_up_its_place) {
  const Limits limits{.connections_max = 5, .connections_per_address_max = 2};
  const std::string a = "198.18.0.1", b = "198.18.0.2", c = "198.18.0.3";
  const struct {
    const char* name;
    std::string newcomer;
    std::vector<Place> taken;
    Room room;
  } cases[] = {
      {"there is room", a, {idle(a, 1), idle(b, 2), idle(b, 3)}, {}},
      {"an address is full", a, {idle(b, 1), idle(a, 3), idle(a, 2)}, {.made_by = 2}},
      {"one of them is busy", a, {idle(b, 1), busy(a, 2), idle(a, 3)}, {.made_by = 2}},
      {"both are busy", a, {idle(b, 1), busy(a, 2), busy(a, 3)}, {.is_there = false}},
      {"all places are taken",
       c,
       {idle(a, 2), idle(a, 5), busy(b, 1), idle(b, 3), idle(c, 4)},
       {.made_by = 0}},
      {"all are busy", c, {busy(a, 2), busy(a, 5), busy(b, 1), busy(b, 3), busy(c, 4)}, {.is_there = false}},
      {"an address is full and so are all",
       a,
       {idle(b, 1), idle(b, 2), idle(a, 3), idle(a, 4), idle(c, 5)},
       {.made_by = 2}},
      {"who has no address has no limit of one", "", {idle("", 1), idle("", 2), idle("", 3)}, {}},
      {"but counts in all",
       "",
       {idle("", 2), idle("", 1), idle(a, 3), idle(a, 4), idle("", 5)},
       {.made_by = 1}},
  };
  for (const auto& each : cases)
    EXPECT_EQ(room_for(IpAddress::parse(each.newcomer).value_or(IpAddress{}), each.taken, limits), each.room)
        << each.name;
}

TEST(MakingRoom, an_ipv6_subscriber_is_one_address_and_a_site_is_four) {
  const Limits limits{.connections_per_address_max = 2};
  const std::vector<Place> subscriber{idle("2a00:1450:0:1::1", 2), idle("2a00:1450:0:1::2", 1)};
  EXPECT_EQ(room_for(IpAddress::parse("2a00:1450:0:1:ffff::").value(), subscriber, limits),
            (Room{.made_by = 1}));
  EXPECT_EQ(room_for(IpAddress::parse("2a00:1450:0:2::1").value(), subscriber, limits), Room{});
  std::vector<Place> site;
  for (int i = 0; i < 8; ++i) site.push_back(idle("2a00:1450:0:" + std::to_string(i / 2) + "::1", 8 - i));
  EXPECT_EQ(room_for(IpAddress::parse("2a00:1450:0:9::1").value(), site, limits), (Room{.made_by = 7}));
  EXPECT_EQ(room_for(IpAddress::parse("2a00:1451:0:9::1").value(), site, limits), Room{});
}

TEST(MakingRoom, no_limit_is_none) {
  const std::vector<Place> many(1000, idle("198.18.0.1", 1));
  EXPECT_EQ(
      room_for(IpAddress::v4(198, 18, 0, 1), many, {.connections_max = 0, .connections_per_address_max = 0}),
      Room{});
}

}  // namespace
}  // namespace turnpike::http
