// What of a flood of causes is told in full, by whom it concerns and by the second; and what its counts say.
#include "turnpike/log/repetition.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace turnpike::log {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr Event kEvent = Event::webhook_refused;
constexpr Event kOtherEvent = Event::request_refused;

TimePoint at(double seconds) {
  return TimePoint(std::chrono::hours(1)) +
         std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
}

Concerned user(std::string_view name) { return {name, *IpAddress::parse("192.0.2.1")}; }
Concerned stranger(std::string_view address) { return {"", *IpAddress::parse(address)}; }
Concerned stranger(int number) {
  return {"", IpAddress::v4(198, 51, 100, static_cast<std::uint8_t>(number))};
}

TEST(Repetition, the_first_in_ten_seconds_is_told_for_each_cause_and_each_concerned) {
  const struct {
    double at_s;
    Event event;
    const char* cause;
    Concerned concerned;
    bool is_new;
  } script[] = {
      {0.0, kEvent, "a", user("alice"), true},
      {0.1, kEvent, "a", user("alice"), false},
      {0.1, kEvent, "b", user("alice"), true},
      {0.1, kOtherEvent, "a", user("alice"), true},
      {0.1, kEvent, "a", user("bob"), true},
      {0.2, kEvent, "a", stranger("192.0.2.1"), true},  // which is the address of alice
      {0.2, kEvent, "a", stranger("192.0.2.1"), false},
      {0.2, kEvent, "a", stranger("192.0.2.2"), true},
      {0.3, kEvent, "a", stranger("2001:db8::1"), true},
      {0.3, kEvent, "a", stranger("2001:db8::ffff:0:0:1"), false},  // of the same /64
      {0.3, kEvent, "a", stranger("2001:db8:0:1::1"), true},
      {9.9, kEvent, "a", user("alice"), false},
      {10.0, kEvent, "a", user("alice"), true},
      {10.1, kEvent, "a", user("alice"), false},
      {19.9, kEvent, "a", user("alice"), false},
      {20.0, kEvent, "a", user("alice"), true},
  };
  Repetition repetition;
  for (const auto& [at_s, event, cause, concerned, is_new] : script) {
    EXPECT_EQ(repetition.is_new(event, cause, concerned, at(at_s)), is_new)
        << at_s << " " << cause << " " << concerned.user << " " << concerned.address.to_string();
  }
}

TEST(Repetition, twenty_are_told_in_any_ten_seconds) {
  Repetition repetition;
  std::vector<double> told;
  for (int number = 0; number < 3000; ++number) {
    const double now_s = number * 0.01;
    if (repetition.is_new(kEvent, "a", user(fmt::format("user {}", number)), at(now_s)))
      told.push_back(now_s);
  }
  EXPECT_EQ(told.size(), 3 * Repetition::kFullMax);
  for (std::size_t i = Repetition::kFullMax; i < told.size(); ++i)
    EXPECT_GE(told[i] - told[i - Repetition::kFullMax], 10.0 - 1e-6);
}

TEST(Repetition, many_strangers_hide_no_user) {
  Repetition repetition;
  std::size_t told = 0;
  for (int number = 0; number < 200; ++number)
    told += repetition.is_new(kEvent, "a", stranger(number), at(0));
  EXPECT_EQ(told, Repetition::kFullOfStrangersMax);
  EXPECT_TRUE(repetition.is_new(kEvent, "a", user("alice"), at(1)));
}

TEST(Repetition, what_is_not_told_is_counted_by_cause_and_taken_when_ten_seconds_are_over) {
  Repetition repetition;
  const auto repeat = [&](const char* cause, int times, double at_s) {
    for (int i = 0; i < times; ++i) repetition.is_new(kEvent, cause, user("alice"), at(at_s));
  };
  EXPECT_EQ(repetition.next_deadline(), std::nullopt);
  repeat("a", 1, 0);
  EXPECT_EQ(repetition.next_deadline(), std::nullopt);
  repeat("a", 3, 1);
  repeat("b", 1 + 5, 2);
  EXPECT_EQ(repetition.next_deadline(), at(11));
  EXPECT_THAT(repetition.take_due(at(10.9)), IsEmpty());
  repeat("a", 1 + 2, 10.9);  // the first of these is told
  EXPECT_THAT(repetition.take_due(at(11)), ElementsAre(Repetition::Repeated{kEvent, "a", 5, 10}));
  EXPECT_EQ(repetition.next_deadline(), at(12));
  EXPECT_THAT(repetition.take_due(at(12)), ElementsAre(Repetition::Repeated{kEvent, "b", 5, 10}));
  EXPECT_EQ(repetition.next_deadline(), std::nullopt);
  repeat("a", 4, 13);
  EXPECT_THAT(repetition.take_all(at(13.1)), ElementsAre(Repetition::Repeated{kEvent, "a", 4, 1}));
  EXPECT_THAT(repetition.take_all(at(14)), IsEmpty());
}

TEST(Repetition, what_has_no_cause_is_counted_for_each_address_a_minute_long) {
  Repetition repetition;
  const auto count = [&](const char* address, double at_s) {
    repetition.count(kEvent, *IpAddress::parse(address), at(at_s));
  };
  const auto repeated = [](std::uint64_t number, const char* from) {
    return Repetition::Repeated{kEvent, "", number, 60, *IpPrefix::parse(from)};
  };
  for (int i = 0; i < 3; ++i) count("192.0.2.1", 0);
  for (int i = 0; i < 2; ++i) count("2001:db8::ffff", 1);
  count("2001:db8::1:0:0:0", 2);  // of the same /64
  for (int i = 0; i < 2; ++i) repetition.is_new(kEvent, "a", user("alice"), at(30));
  EXPECT_EQ(repetition.next_deadline(), at(40));
  EXPECT_THAT(repetition.take_due(at(40)), ElementsAre(Repetition::Repeated{kEvent, "a", 1, 10}));
  EXPECT_EQ(repetition.next_deadline(), at(60));
  EXPECT_THAT(repetition.take_due(at(59.9)), IsEmpty());
  EXPECT_THAT(repetition.take_due(at(60)), ElementsAre(repeated(3, "192.0.2.1")));
  count("192.0.2.1", 60.5);
  EXPECT_THAT(repetition.take_due(at(61)), ElementsAre(repeated(3, "2001:db8::/64")));
  EXPECT_EQ(repetition.next_deadline(), at(120.5));
}

TEST(Repetition, addresses_without_end_share_one_count) {
  Repetition repetition;
  for (int round = 0; round < 2; ++round) {
    for (int number = 0; number < 100; ++number) repetition.count(kEvent, stranger(number).address, at(0));
  }
  const auto counts = repetition.take_all(at(60));
  ASSERT_EQ(counts.size(), Repetition::kAddressesMax + 1);
  EXPECT_EQ(counts.front().count, 2U);
  EXPECT_EQ(counts.back(), (Repetition::Repeated{kEvent, "", 160, 60}));
}

TEST(Repetition, causes_without_end_are_counted_in_bounded_memory) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < 2 * Repetition::kCausesMax; ++i) names.push_back(fmt::format("cause {}", i));
  Repetition repetition;
  for (int round = 0; round < 3; ++round) {
    for (const std::string& name : names) repetition.is_new(kEvent, name, stranger(1), at(0));
  }
  const auto counts = repetition.take_all(at(1));
  ASSERT_EQ(counts.size(), Repetition::kCausesMax + 1);
  EXPECT_EQ(counts.back().cause, "other");
  std::uint64_t sum = Repetition::kFullOfStrangersMax;
  for (const auto& each : counts) sum += each.count;
  EXPECT_EQ(sum, 3 * names.size());
}

}  // namespace
}  // namespace turnpike::log
