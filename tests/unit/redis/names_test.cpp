// Addresses of servers.
#include "turnpike/redis/names.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <future>

namespace turnpike::redis {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

Addresses ask(Names& names, Place place, Duration patience) {
  boost::asio::io_context context(1);
  auto answer =
      boost::asio::co_spawn(context, names.ask(std::move(place), patience), boost::asio::use_future);
  context.run();
  return answer.get();
}

TEST(Names, an_address_is_its_own_and_nobody_is_asked) {
  Names names;
  for (const char* address : {"127.0.0.1", "::1", "2001:db8::1"}) {
    const auto found = ask(names, {address, 6379}, milliseconds(0));
    ASSERT_TRUE(found) << found.error();
    ASSERT_EQ(found->size(), 1U);
    EXPECT_EQ(found->front().address().to_string(), address);
    EXPECT_EQ(found->front().port(), 6379);
  }
}

TEST(Names, a_name_has_the_addresses_that_the_system_tells) {
  Names names;
  const auto found = ask(names, {"localhost", 6379}, seconds(5));
  ASSERT_TRUE(found) << found.error();
  EXPECT_TRUE(std::ranges::all_of(*found, [](const auto& each) { return each.address().is_loopback(); }));
  EXPECT_FALSE(found->empty());
}

TEST(Names, a_name_that_nobody_knows_has_a_reason) {
  Names names([](const Place& place) { return Addresses("nobody knows " + place.host); });
  EXPECT_EQ(ask(names, {"redis", 6379}, seconds(5)).error(), "nobody knows redis");
}

TEST(Names, one_question_at_a_time_and_none_longer_than_one_likes) {
  std::promise<void> answered;
  std::atomic<int> asked = 0;
  Names names([&asked, wait = answered.get_future().share()](const Place&) {
    ++asked;
    wait.wait();
    return Addresses("nobody");
  });
  EXPECT_EQ(ask(names, {"redis", 6379}, milliseconds(20)).error(), "no answer in time");
  EXPECT_EQ(ask(names, {"redis", 6379}, milliseconds(20)).error(), "an earlier question has no answer yet");
  EXPECT_TRUE(ask(names, {"127.0.0.1", 1}, milliseconds(0)));
  EXPECT_EQ(asked, 1);
  answered.set_value();
  while (ask(names, {"redis", 6379}, seconds(5)).error() != "nobody") continue;
  EXPECT_EQ(asked, 2);
}

}  // namespace
}  // namespace turnpike::redis
