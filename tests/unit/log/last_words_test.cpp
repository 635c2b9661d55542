// A process that ends by its own fault says in one line of the log by which.
#include "turnpike/log/last_words.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <functional>
#include <stdexcept>
#include <thread>

#include "temporary_folder.hpp"
#include "turnpike/base/check.hpp"
#include "turnpike/log/log.hpp"

namespace turnpike::log {
namespace {

struct OddException {};

void escape_from_a_thread(const std::function<void()>& act) {
  std::thread([&act]() noexcept { act(); }).join();
}

class LastWordsDeathTest : public ::testing::Test {
 protected:
  // What is in the log of a process that logs something, and then acts so.
  std::string log_of(const std::function<void()>& act) {
    EXPECT_EXIT(
        {
          open({Level::info, Format::text, folder_.path("log")});
          tell_last_words();
          tell_last_words();
          WriterThread thread;
          thread.start();
          write(Event::draining, {{"signal", std::int64_t{10}}});
          act();
        },
        ::testing::KilledBySignal(SIGABRT), "");
    return folder_.read("log");
  }
  static std::size_t lines_of(const std::string& text) {
    return static_cast<std::size_t>(std::ranges::count(text, '\n'));
  }

  TemporaryFolder folder_;
};

TEST_F(LastWordsDeathTest, an_exception_is_named_with_its_type_and_reason) {
  const std::string text =
      log_of([] { escape_from_a_thread([] { throw std::runtime_error("no more\nof it"); }); });
  EXPECT_EQ(lines_of(text), 2U) << text;
  EXPECT_NE(text.find("draining signal=10\n"), std::string::npos) << text;
  EXPECT_NE(text.find(R"(error   aborted exception=std::runtime_error reason="no more\x0aof it")"),
            std::string::npos)
      << text;
}

TEST_F(LastWordsDeathTest, what_is_no_std_exception_has_its_type_alone) {
  const std::string text = log_of([] { escape_from_a_thread([] { throw OddException{}; }); });
  EXPECT_NE(text.find("OddException\"\n"), std::string::npos) << text;
  EXPECT_EQ(text.find("reason="), std::string::npos) << text;
}

TEST_F(LastWordsDeathTest, without_an_exception_the_line_is_there_as_well) {
  const std::string text = log_of([] { std::terminate(); });
  EXPECT_NE(text.find(R"(aborted reason="std::terminate without an exception")"), std::string::npos) << text;
}

TEST_F(LastWordsDeathTest, a_check_that_does_not_hold_is_named_with_its_place) {
  const std::string text = log_of([] { TURNPIKE_CHECK(1 == 2); });
  EXPECT_NE(text.find(R"(aborted reason="does not hold: 1 == 2" place=)"), std::string::npos) << text;
  EXPECT_NE(text.find("last_words_test.cpp:"), std::string::npos) << text;
}

TEST_F(LastWordsDeathTest, of_threads_that_fail_at_once_one_speaks) {
  const std::string text = log_of([] {
    std::thread other([] { escape_from_a_thread([] { throw std::runtime_error("one"); }); });
    escape_from_a_thread([] { throw std::runtime_error("two"); });
    other.join();
  });
  EXPECT_EQ(lines_of(text), 2U) << text;
}

}  // namespace
}  // namespace turnpike::log
