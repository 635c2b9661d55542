// How many try out the server at once, and what is known of their WebSockets.
#include "turnpike/check/visits.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace turnpike::check {
namespace {

using std::chrono::seconds;
using ::testing::MatchesRegex;

const TimePoint kStart{seconds(5000)};
IpAddress ip(const std::string& text) { return IpAddress::parse(text).value(); }
IpAddress numbered(std::size_t i) {
  return IpAddress::v4(198, 51, static_cast<std::uint8_t>(i / 256), static_cast<std::uint8_t>(i % 256));
}

struct Table : Visits {
  Table() : Visits(seconds(120)) {}
  Result<std::string, Duration> come(const IpAddress& client, int s = 0) {
    return begin(client, kStart + seconds(s), random);
  }
  SeededRandom random{3};
};

TEST(Visits, have_nonces_that_nobody_guesses) {
  Table visits;
  std::set<std::string> nonces;
  for (std::size_t i = 0; i < 20; ++i) nonces.insert(*visits.come(numbered(i)));
  EXPECT_EQ(nonces.size(), 20U);
  for (const std::string& nonce : nonces) EXPECT_THAT(nonce, MatchesRegex("[0-9a-f]{32}"));
}

TEST(Visits, an_address_has_so_many_at_once_and_learns_how_long_to_wait) {
  Table visits;
  for (std::size_t i = 0; i < kVisitsOfOriginMax; ++i) EXPECT_TRUE(visits.come(ip("198.51.100.7"), int(i)));
  EXPECT_EQ(visits.come(ip("198.51.100.7"), 100).error(), seconds(20));
  EXPECT_EQ(visits.come(ip("::ffff:198.51.100.7"), 119).error(), seconds(1)) << "the same one";
  EXPECT_TRUE(visits.come(ip("198.51.100.8"), 119));
  EXPECT_TRUE(visits.come(ip("198.51.100.7"), 120));
  EXPECT_EQ(visits.come(ip("198.51.100.7"), 120).error(), seconds(1));
}

TEST(Visits, of_IPv6_a_64_is_one_address_and_a_48_has_four_times_as_many) {
  Table visits;
  for (std::size_t i = 0; i < kVisitsOfOriginMax; ++i)
    EXPECT_TRUE(visits.come(ip("2a00:db8:1:1::" + std::to_string(i))));
  EXPECT_FALSE(visits.come(ip("2a00:db8:1:1::ffff")));
  std::size_t others = 0;
  for (int subnet = 2; subnet < 100; ++subnet)
    others += visits.come(ip("2a00:db8:1:" + std::to_string(subnet) + "::1")) ? 1 : 0;
  EXPECT_EQ(others, 3 * kVisitsOfOriginMax);
  EXPECT_TRUE(visits.come(ip("2a00:db8:2:1::1")));
}

TEST(Visits, there_are_so_many_in_all) {
  Table visits;
  for (std::size_t i = 0; i < kVisitsMax; ++i) EXPECT_TRUE(visits.come(numbered(i)));
  EXPECT_EQ(visits.come(numbered(kVisitsMax), 50).error(), seconds(70));
  EXPECT_TRUE(visits.come(numbered(kVisitsMax), 120));
}

TEST(Visits, what_becomes_of_a_web_socket_is_known_by_its_nonce_as_long_as_it_counts) {
  Table visits;
  const std::string nonce = *visits.come(ip("198.51.100.7"));
  const std::string other = *visits.come(ip("198.51.100.7"));
  EXPECT_EQ(visits.seen(nonce, kStart), (Seen{false, std::nullopt}));
  visits.note("0123", 0, kStart);
  visits.note("", 401, kStart);
  visits.note(nonce, 0, kStart);
  EXPECT_EQ(visits.seen(nonce, kStart), (Seen{true, std::nullopt}));
  visits.note(nonce, 401, kStart);
  visits.note(nonce, 0, kStart);
  EXPECT_EQ(visits.seen(nonce, kStart), (Seen{true, 401}));
  EXPECT_EQ(visits.seen(other, kStart), (Seen{false, std::nullopt}));
  EXPECT_FALSE(visits.seen("0123", kStart));
  EXPECT_FALSE(visits.seen("", kStart));
  EXPECT_TRUE(visits.seen(nonce, kStart + seconds(119)));
  visits.note(nonce, 200, kStart + seconds(120));
  EXPECT_FALSE(visits.seen(nonce, kStart + seconds(120)));
}

}  // namespace
}  // namespace turnpike::check
