// So many connections an address, counted from several threads.
#include "turnpike/path/connection_limiter.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace turnpike::path {
namespace {

const IpAddress kAlice = IpAddress::v4(192, 0, 2, 1);
const IpAddress kBob = IpAddress::v4(192, 0, 2, 2);

TEST(ConnectionLimiter, each_address_has_its_own_places) {
  ConnectionLimiter limiter(2);
  EXPECT_TRUE(limiter.acquire(kAlice));
  EXPECT_TRUE(limiter.acquire(kAlice));
  EXPECT_FALSE(limiter.acquire(kAlice));
  EXPECT_TRUE(limiter.acquire(kBob));
  limiter.release(kAlice);
  EXPECT_TRUE(limiter.acquire(kAlice));
  EXPECT_FALSE(limiter.acquire(kAlice));
}

TEST(ConnectionLimiter, an_address_that_was_refused_takes_no_place) {
  ConnectionLimiter limiter(1);
  EXPECT_TRUE(limiter.acquire(kAlice));
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(limiter.acquire(kAlice));
  limiter.release(kAlice);
  EXPECT_TRUE(limiter.acquire(kAlice));
}

TEST(ConnectionLimiter, zero_is_no_limit) {
  ConnectionLimiter limiter(0);
  for (int i = 0; i < 10'000; ++i) EXPECT_TRUE(limiter.acquire(kAlice));
  limiter.release(kAlice);
}

TEST(ConnectionLimiter, threads_together_get_no_more_than_the_limit) {
  ConnectionLimiter limiter(50);
  std::vector<int> granted(4);
  std::vector<std::thread> threads;
  for (int& own : granted) {
    threads.emplace_back([&] {
      for (int i = 0; i < 1000; ++i) {
        if (limiter.acquire(kBob)) limiter.release(kBob);
        own += limiter.acquire(kAlice) ? 1 : 0;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(granted[0] + granted[1] + granted[2] + granted[3], 50);
}

}  // namespace
}  // namespace turnpike::path
