// Tasks from other threads.
#include "turnpike/net/mailbox.hpp"

#include <gtest/gtest.h>

#include <numeric>
#include <thread>

#include "udp_helpers.hpp"

namespace turnpike::net {
namespace {

TEST(Mailbox, is_readable_exactly_while_tasks_wait) {
  Mailbox mailbox;
  int runs = 0;
  EXPECT_FALSE(readable(mailbox.fd(), 0));
  mailbox.post([&] { ++runs; });
  mailbox.post([&] { ++runs; });
  EXPECT_TRUE(readable(mailbox.fd(), 0));
  EXPECT_EQ(runs, 0);
  mailbox.run();
  EXPECT_EQ(runs, 2);
  EXPECT_FALSE(readable(mailbox.fd(), 0));
  mailbox.run();
  EXPECT_EQ(runs, 2);
}

TEST(Mailbox, a_task_that_posts_is_followed_by_the_new_one_in_the_next_run) {
  Mailbox mailbox;
  int runs = 0;
  mailbox.post([&] { mailbox.post([&] { ++runs; }); });
  mailbox.run();
  EXPECT_EQ(runs, 0);
  EXPECT_TRUE(readable(mailbox.fd(), 0));
  mailbox.run();
  EXPECT_EQ(runs, 1);
}

TEST(Mailbox, loses_nothing_of_many_threads_and_keeps_the_order_of_each) {
  constexpr int kThreads = 4;
  constexpr int kTasks = 2000;
  Mailbox mailbox;
  std::vector<int> next(kThreads, 0);
  int in_order = 0;
  std::vector<std::jthread> threads;
  for (std::size_t thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&mailbox, &next, &in_order, thread] {
      for (int i = 0; i < kTasks; ++i)
        mailbox.post([&next, &in_order, thread, i] { in_order += next[thread]++ == i ? 1 : 0; });
    });
  }
  while (std::accumulate(next.begin(), next.end(), 0) < kThreads * kTasks) {
    ASSERT_TRUE(readable(mailbox.fd())) << "a task was posted and not announced";
    mailbox.run();
  }
  EXPECT_EQ(in_order, kThreads * kTasks);
}

}  // namespace
}  // namespace turnpike::net
