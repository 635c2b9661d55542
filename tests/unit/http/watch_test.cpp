// Who waits for too long.
#include "turnpike/http/watch.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <optional>

namespace turnpike::http {
namespace {

using std::chrono::milliseconds;

struct Watched {
  boost::asio::io_context context{1};
  int called = 0;
  std::optional<Watch> watch{std::in_place, context.get_executor(), [this] { ++called; }};

  void run_until_called() {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (called == 0 && std::chrono::steady_clock::now() < until) context.run_one_for(milliseconds(10));
  }
  void run_for(Duration time) {
    const auto until = std::chrono::steady_clock::now() + time;
    while (std::chrono::steady_clock::now() < until) {
      context.restart();
      context.run_one_until(until);
    }
  }
};

TEST(Watch, calls_when_it_is_late) {
  Watched watched;
  EXPECT_FALSE(watched.watch->is_late());
  watched.watch->allow(milliseconds(1));
  watched.run_until_called();
  EXPECT_EQ(watched.called, 1);
  EXPECT_TRUE(watched.watch->is_late());
  watched.watch->touch();
  EXPECT_TRUE(watched.watch->is_late()) << "too late is too late";
  watched.watch->allow(std::chrono::hours(1));
  EXPECT_FALSE(watched.watch->is_late());
}

TEST(Watch, the_end_moves_both_ways) {
  Watched watched;
  watched.watch->allow(milliseconds(1));
  watched.watch->allow(std::chrono::hours(1));
  watched.run_for(milliseconds(20));
  EXPECT_EQ(watched.called, 0);
  watched.watch->allow(milliseconds(1));
  watched.run_until_called();
  EXPECT_EQ(watched.called, 1);
}

TEST(Watch, one_that_rests_or_is_gone_calls_nobody) {
  Watched watched;
  watched.watch->allow(milliseconds(1));
  watched.watch->rest();
  watched.watch->touch();
  watched.run_for(milliseconds(20));
  EXPECT_EQ(watched.called, 0);
  watched.watch->allow(milliseconds(1));
  watched.watch.reset();
  watched.run_for(milliseconds(20));
  EXPECT_EQ(watched.called, 0);
}

TEST(Watch, calls_again_for_what_began_meanwhile) {
  Watched watched;
  watched.watch->allow(milliseconds(1));
  watched.run_for(milliseconds(1200));
  EXPECT_GE(watched.called, 2);
}

}  // namespace
}  // namespace turnpike::http
