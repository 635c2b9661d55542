// Whoever logs goes on, whether or not somebody reads; what is lost meanwhile is counted.
#include "turnpike/log/writer.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "pipe.hpp"

namespace turnpike::log {
namespace {

constexpr Duration kPatience = std::chrono::seconds(5);  // only a test that fails waits so long

class WriterTest : public ::testing::Test {
 protected:
  // A number, and then as much as makes it 100 bytes.
  static std::string numbered(std::size_t number) { return fmt::format("{:099}\n", number); }
  void push(std::size_t number) { writer_.push({pipe_.output(), numbered(number)}); }
  Line lost_line(std::uint64_t count) { return {pipe_.output(), fmt::format("lost {}\n", count)}; }

  Pipe pipe_;
  Pipe other_;
  std::optional<TimePoint> on_time(TimePoint now) {
    const std::lock_guard lock(mutex_);
    if (!due_ || now < *due_) return due_;
    push(7);
    return due_ = std::nullopt;
  }
  void set_due(TimePoint due) {
    const std::lock_guard lock(mutex_);
    due_ = due;
  }

  std::mutex mutex_;
  std::optional<TimePoint> due_;  // when on_time() is to push 7
  Writer writer_{{.lost_line = [this](std::uint64_t count) { return lost_line(count); },
                  .on_time = [this](TimePoint now) { return on_time(now); }}};
};

TEST_F(WriterTest, without_a_thread_the_caller_writes) {
  push(1);
  writer_.write_now();
  EXPECT_EQ(pipe_.read_some(), numbered(1));
}

TEST_F(WriterTest, without_a_thread_the_caller_leaves_to_later_what_a_full_pipe_does_not_take) {
  const std::size_t filled = pipe_.fill();
  for (const std::size_t number : {1, 2}) {
    push(number);
    writer_.write_now();
  }
  EXPECT_FALSE(writer_.flush({}));
  pipe_.read(filled);
  EXPECT_TRUE(writer_.flush({}));
  EXPECT_EQ(pipe_.read_some(), numbered(1) + numbered(2));
}

TEST_F(WriterTest, lines_from_before_the_thread_and_from_several_threads_are_whole) {
  push(0);
  writer_.start();
  std::vector<std::thread> threads;
  for (std::size_t thread = 0; thread < 4; ++thread) {
    threads.emplace_back([this, thread] {
      for (std::size_t i = 1; i <= 250; ++i) push(thread * 250 + i);
    });
  }
  const std::string text = pipe_.read(100 * 1001);
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(text.substr(0, 100), numbered(0));
  std::size_t sum = 0;
  for (std::size_t at = 0; at < text.size(); at += 100) {
    const std::size_t number = std::stoul(text.substr(at, 99));
    EXPECT_EQ(text.substr(at, 100), numbered(number));
    sum += number;
  }
  EXPECT_EQ(sum, 1000U * 1001 / 2);
  EXPECT_TRUE(writer_.flush(kPatience));
}

TEST_F(WriterTest, what_a_full_queue_loses_is_said_in_its_place_when_the_pipe_is_read_again) {
  const std::size_t filled = pipe_.fill();
  constexpr std::size_t kPushed = Writer::kQueueBytesMax / 100;
  for (std::size_t number = 0; number < kPushed; ++number) push(number);
  writer_.start();
  pipe_.read(filled);
  std::size_t kept = 0;
  std::string line;
  while ((line = pipe_.read(5)) != "lost ") EXPECT_EQ(line + pipe_.read(95), numbered(kept++));
  EXPECT_GT(kept, kPushed / 2);
  const std::string count = fmt::format("{}\n", kPushed - kept);
  EXPECT_EQ(pipe_.read(count.size()), count);
  push(kPushed);
  EXPECT_EQ(pipe_.read(100), numbered(kPushed));
  EXPECT_TRUE(writer_.flush(kPatience));
}

TEST_F(WriterTest, a_line_that_cannot_be_written_is_lost_and_counted) {
  const auto before = std::signal(SIGPIPE, SIG_IGN);
  other_.close_reader();
  for (int i = 0; i < 3; ++i) writer_.push({other_.output(), "nobody reads this\n"});
  EXPECT_TRUE(writer_.flush({}));
  std::signal(SIGPIPE, before);
  push(1);
  EXPECT_TRUE(writer_.flush({}));
  EXPECT_EQ(pipe_.read_some(), numbered(1) + "lost 3\n");
}

TEST_F(WriterTest, an_output_that_was_replaced_holds_up_nobody) {
  other_.fill();
  writer_.push({other_.output(), "nobody reads this\n"});
  push(1);
  writer_.start();
  EXPECT_FALSE(writer_.flush({}));
  other_.output()->set_replaced(true);
  EXPECT_EQ(pipe_.read(100), numbered(1));
}

TEST_F(WriterTest, a_line_larger_than_a_pipe_is_written_in_pieces) {
  const std::string large = std::string(200'000, 'x') + '\n';
  writer_.push({pipe_.output(), large});
  push(1);
  writer_.start();
  EXPECT_EQ(pipe_.read(large.size()), large);
  EXPECT_EQ(pipe_.read(100), numbered(1));
}

TEST_F(WriterTest, it_does_in_time_what_is_due_also_where_that_is_said_to_a_thread_that_waits) {
  writer_.start();
  push(1);
  EXPECT_TRUE(writer_.flush(kPatience));
  set_due(TimePoint(std::chrono::steady_clock::now().time_since_epoch()) + std::chrono::milliseconds(1));
  writer_.wake();
  EXPECT_EQ(pipe_.read(200), numbered(1) + numbered(7));
}

TEST_F(WriterTest, it_stops_though_nobody_reads_and_goes_on_where_it_stopped) {
  const std::size_t filled = pipe_.fill();
  writer_.start();
  push(1);
  writer_.stop(std::chrono::milliseconds(1));
  pipe_.read(filled);
  push(2);
  writer_.write_now();
  EXPECT_EQ(pipe_.read_some(), numbered(1) + numbered(2));
}

TEST_F(WriterTest, started_again_it_writes_again) {
  for (const std::size_t number : {1, 2}) {
    writer_.start();
    push(number);
    EXPECT_TRUE(writer_.flush(kPatience));
    writer_.stop({});
    EXPECT_EQ(pipe_.read_some(), numbered(number));
  }
}

}  // namespace
}  // namespace turnpike::log
