// Questions to many threads: when the asker goes on, and what becomes of those who are late.
#include "turnpike/worker/ask_all.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "shell/await.hpp"

namespace turnpike::worker {
namespace {

using namespace shell;

namespace asio = boost::asio;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration kLong = seconds(10);

TEST(AskAll, goes_on_when_the_last_one_is_done_and_what_they_posted_before_is_done_then) {
  asio::io_context context;
  std::vector<std::jthread> threads;
  int answers = 0;
  const Question question = [&](std::size_t index, const std::function<void()>& done) {
    threads.emplace_back([&, index, done] {
      std::this_thread::sleep_for(milliseconds(index));
      asio::post(context, [&] { ++answers; });
      done();
    });
  };
  EXPECT_TRUE(await(context, ask_all(8, kLong, question)));
  EXPECT_EQ(answers, 8);
}

TEST(AskAll, nobody_is_done_at_once) {
  asio::io_context context;
  const Question question = [](std::size_t, const std::function<void()>&) { FAIL(); };
  EXPECT_TRUE(await(context, ask_all(0, kLong, question)));
}

TEST(AskAll, who_answers_while_being_asked_is_heard) {
  asio::io_context context;
  const Question question = [](std::size_t, const std::function<void()>& done) { done(); };
  EXPECT_TRUE(await(context, ask_all(3, kLong, question)));
}

TEST(AskAll, does_not_wait_longer_than_its_patience_and_late_answers_do_no_harm) {
  std::vector<std::function<void()>> late;
  {
    asio::io_context context;
    const Question question = [&](std::size_t index, const std::function<void()>& done) {
      index == 0 ? done() : late.push_back(done);
    };
    EXPECT_FALSE(await(context, ask_all(2, milliseconds(10), question)));
    late.at(0)();
    context.restart();
    EXPECT_EQ(context.poll(), 1U);
  }
  late.clear();  // may outlive the io_context
}

}  // namespace
}  // namespace turnpike::worker
