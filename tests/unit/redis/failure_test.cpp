// Causes, and what the errors of servers mean.
#include "turnpike/redis/failure.hpp"

#include <gtest/gtest.h>

#include <set>

namespace turnpike::redis {
namespace {

TEST(Failure, errors_of_a_server_have_a_cause_by_how_they_begin) {
  const struct {
    std::string error;
    Cause cause;
    bool ends;
  } cases[] = {
      {"WRONGPASS invalid username-password pair or user is disabled.", Cause::password_wrong, false},
      {"ERR invalid password", Cause::password_wrong, false},
      {"NOAUTH Authentication required.", Cause::password_wanted, true},
      {"ERR AUTH <password> called without any password configured for the default user.",
       Cause::password_unwanted, false},
      {"NOPERM this user has no permissions to run the 'set' command", Cause::not_permitted, false},
      {"DENIED Redis is running in protected mode", Cause::not_permitted, false},
      {"READONLY You can't write against a read only replica.", Cause::not_a_master, true},
      {"MASTERDOWN Link with MASTER is down", Cause::not_a_master, true},
      {"LOADING Redis is loading the dataset in memory", Cause::loading, true},
      {"OOM command not allowed when used memory > 'maxmemory'.", Cause::full, false},
      {"MISCONF Redis is configured to save RDB snapshots", Cause::not_writing, false},
      {"NOREPLICAS Not enough good replicas to write.", Cause::not_writing, false},
      {"BUSY Redis is busy running a script.", Cause::busy, false},
      {"BUSYGROUP Consumer Group name already exists", Cause::refused, false},
      {"ERR max number of clients reached", Cause::too_many_clients, false},
      {"ERR DB index is out of range", Cause::no_database, false},
      {"MOVED 3999 127.0.0.1:6381", Cause::cluster, true},
      {"WRONGTYPE Operation against a key holding the wrong kind of value", Cause::refused, false},
      {"", Cause::refused, false},
  };
  for (const auto& c : cases) {
    const Failure expected{c.cause, c.error};
    EXPECT_EQ(failure_of(c.error), expected) << c.error;
    EXPECT_EQ(ends_connection(c.cause), c.ends) << c.error;
  }
}

TEST(Failure, tells_of_an_error_what_a_log_can_bear) {
  EXPECT_EQ(failure_of("ERR \x1B[2J\xC3\xBC\t" + std::string(1000, 'x')).detail,
            "ERR ?[2J???" + std::string(189, 'x'));
}

TEST(Failure, is_a_sentence_and_its_cause_has_a_name_of_its_own) {
  EXPECT_EQ((Failure{Cause::timed_out, ""}).text(), "the server does not answer in time");
  EXPECT_EQ(failure_of("WRONGPASS no").text(), "the server refuses the password: WRONGPASS no");
  std::set<std::string_view> names;
  for (int i = 0; i <= static_cast<int>(Cause::stopped); ++i) names.insert(name(static_cast<Cause>(i)));
  EXPECT_EQ(names.size(), static_cast<std::size_t>(Cause::stopped) + 1);
}

}  // namespace
}  // namespace turnpike::redis
